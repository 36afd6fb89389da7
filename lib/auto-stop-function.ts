import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { ENV, METRIC_NAMESPACE } from '../lambda/env.ts';
import type { Policy } from '../lambda/policy/schema.ts';
import { type FunctionName, functionCode } from './function-code.ts';
import { allowDeviceFarm } from './permissions.ts';

/** What both functions share. */
export interface AutoStopFunctionProps {
  readonly policy: Policy;
  /** Whether subscribers of the notification topic by HTTPS are chat applications. */
  readonly chat?: boolean | undefined;
  readonly auditTable: ITable;
  readonly stateTable: ITable;
  readonly notificationTopic: ITopic;
  readonly manualStopTopic: ITopic;
  /** Value of the metric's dimension `service`. */
  readonly serviceName: string;
  readonly accountName?: string;
  readonly apiShare: number;
  readonly logRetention: RetentionDays;
  /** Absent: audit records never expire. */
  readonly auditRetentionDays?: number;
}

// CPU comes with memory. The data of a sweep is small; loading the SDK at a cold start and signing its calls is not.
const MEMORY_MB = 512;

const AUDIT_ACTIONS = ['dynamodb:PutItem', 'dynamodb:Query'];
// Powertools asks for GetItem too, and never uses it: DynamoDB returns the record that stands in the way of a conditional put.
const STATE_ACTIONS = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:Query'];

/** One function with the policy in its code, its own log group and a role that lists all it may do. */
export class AutoStopFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(
    scope: Construct,
    id: string,
    props: AutoStopFunctionProps & {
      readonly name: FunctionName;
      readonly timeout: Duration;
      readonly mayStop: boolean;
      /** It takes stock of the whole account: it settles what has ended, and follows stops to their end. */
      readonly sweeps: boolean;
    },
  ) {
    super(scope, id);
    const { auditTable, stateTable, notificationTopic } = props;
    const { masterKey } = notificationTopic;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    // Written out: the grants of tables add scans, index ARNs and the deletion of audit records.
    this.allow(AUDIT_ACTIONS, auditTable.tableArn);
    this.allow(STATE_ACTIONS, stateTable.tableArn);
    this.allow(['sns:Publish'], notificationTopic.topicArn);
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
    if (masterKey) this.allow(['kms:Decrypt', 'kms:GenerateDataKey'], masterKey.keyArn);
    if (props.sweeps) {
      this.allow(['dynamodb:BatchWriteItem'], stateTable.tableArn);
      // When the state table was lost, the audit trail says which stops to follow.
      this.allow(['dynamodb:Query'], `${auditTable.tableArn}/index/byDay`);
    }
    allowDeviceFarm(this.role, { mayStop: props.mayStop, readsSettings: props.sweeps });
    this.function = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: MEMORY_MB,
      timeout: props.timeout,
      handler: 'index.handler',
      code: functionCode(props.name, props.policy),
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: environment(Stack.of(this).account, props),
    });
  }

  /** Lets the function call something beyond what both functions may call. */
  allow(actions: readonly string[], resource: string): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [resource] }));
  }
}

function environment(account: string, props: AutoStopFunctionProps): Record<string, string> {
  const { accountName, auditRetentionDays } = props;
  return {
    [ENV.auditTable]: props.auditTable.tableName,
    [ENV.stateTable]: props.stateTable.tableName,
    [ENV.notificationTopic]: props.notificationTopic.topicArn,
    [ENV.manualStopTopic]: props.manualStopTopic.topicArn,
    [ENV.account]: account,
    [ENV.apiShare]: String(props.apiShare),
    ...(accountName === undefined ? {} : { [ENV.accountName]: accountName }),
    ...(props.chat ? { [ENV.chat]: 'true' } : {}),
    ...(auditRetentionDays === undefined ? {} : { [ENV.auditRetentionDays]: String(auditRetentionDays) }),
    POWERTOOLS_SERVICE_NAME: props.serviceName,
    POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
  };
}
