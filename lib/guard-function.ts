import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Policy } from '../lambda/core/policy/schema.ts';
import { ENV, METRIC_NAMESPACE } from '../lambda/env.ts';
import { allowDeviceFarm } from './device-farm-permissions.ts';
import type { FunctionName } from './function-code.ts';
import { functionCode } from './function-code.ts';

/** What all functions of a guard share. */
export interface GuardFunctionProps {
  readonly policy: Policy;
  readonly auditTable: ITable;
  readonly stateTable: ITable;
  readonly notificationTopic: ITopic;
  /** Below the sweep's interval. */
  readonly timeout: Duration;
  /** Value of the metrics' dimension `service`. */
  readonly serviceName: string;
  readonly logRetention: RetentionDays;
  /** Absent: audit records never expire. */
  readonly auditRetentionDays?: number;
  /** Key of the notification topic. */
  readonly encryptionKey?: IKey;
}

// CPU comes with memory. The data of a sweep is small; loading the SDK at a cold start and signing its calls is not.
const MEMORY_MB = 512;

const AUDIT_ACTIONS = ['dynamodb:PutItem', 'dynamodb:Query'];
// Powertools asks for GetItem too, and never uses it: DynamoDB returns the record that stands in the way of a conditional put.
const STATE_ACTIONS = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:Query'];

/** One function with the policy in its code, its own log group and a role that lists all it may do. */
export class GuardFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, name: FunctionName, props: GuardFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.allowStorage(props);
    this.allowMessages(props);
    allowDeviceFarm(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: MEMORY_MB,
      timeout: props.timeout,
      handler: 'index.handler',
      code: functionCode(name, props.policy),
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: environment(Stack.of(this).account, props),
    });
  }

  /** Lets the function call something beyond what every function of the guard may call. */
  allow(actions: readonly string[], resource: string): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [resource] }));
  }

  /** Written out, because the grants of tables add scans, index ARNs and the deletion of audit records. */
  private allowStorage({ auditTable, stateTable }: GuardFunctionProps): void {
    this.allow(AUDIT_ACTIONS, auditTable.tableArn);
    this.allow(STATE_ACTIONS, stateTable.tableArn);
  }

  private allowMessages({ notificationTopic, encryptionKey }: GuardFunctionProps): void {
    this.allow(['sns:Publish'], notificationTopic.topicArn);
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], this.logGroup.logGroupArn);
    if (encryptionKey) this.allow(['kms:Decrypt', 'kms:GenerateDataKey'], encryptionKey.keyArn);
  }
}

function environment(account: string, props: GuardFunctionProps): Record<string, string> {
  return {
    [ENV.auditTable]: props.auditTable.tableName,
    [ENV.stateTable]: props.stateTable.tableName,
    [ENV.notificationTopic]: props.notificationTopic.topicArn,
    [ENV.account]: account,
    ...(props.auditRetentionDays === undefined
      ? {}
      : { [ENV.auditRetentionDays]: String(props.auditRetentionDays) }),
    POWERTOOLS_SERVICE_NAME: props.serviceName,
    POWERTOOLS_METRICS_NAMESPACE: METRIC_NAMESPACE,
  };
}
