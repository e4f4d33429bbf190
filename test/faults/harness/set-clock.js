// `--import`ed before the server: sets its wall clock by so many milliseconds when told to, and leaves the monotonic one
// alone, like a change of the system clock. Also tells what CPU time was used.
const RealDate = Date;
let offset = 0;

const now = () => RealDate.now() + offset;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, values, newTarget) =>
    Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget),
  apply: () => new RealDate(now()).toString(),
  get: (target, property) => (property === 'now' ? now : Reflect.get(target, property)),
});

process.on('message', (message) => {
  offset = message.offset ?? offset;
  const { user, system } = process.cpuUsage();
  process.send({ cpuSeconds: (user + system) / 1_000_000 });
});
process.channel.unref();
