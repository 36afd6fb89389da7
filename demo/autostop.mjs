// The command line against the local AWS of the demo, by its clock:
//   node demo/autostop.mjs <address> <command> ...
const [address = '', ...command] = process.argv.slice(2);
// Every reply of the local AWS tells its time.
const reply = await fetch(address).catch(() => {
  console.error(`nothing answers at "${address}"; "npm start -- --stay" shows an address`);
  process.exit(1);
});
const RealDate = Date;
const realNow = Date.now;
const ahead = Date.parse(reply.headers.get('date') ?? '') - realNow();
const now = () => realNow() + ahead;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) => Reflect.construct(target, args.length ? args : [now()], newTarget),
});
RealDate.now = now;

delete process.env.AWS_PROFILE;
Object.assign(process.env, {
  AWS_ENDPOINT_URL: address,
  AWS_REGION: 'us-west-2',
  AUTOSTOP_COMMAND: `node demo/autostop.mjs ${address}`,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
});
process.argv.splice(2, process.argv.length, ...command);
await import('../dist/autostop.mjs');
