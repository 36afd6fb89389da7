import type { Services } from '../../lambda/wiring.ts';

/** Mistakes that the simulation must find: one for each invariant. */
export const PLANTED = {
  protected: (services) => with_(services, 'audit', { controlsSince: async () => [] }),
  explained: (services) => {
    const { audit } = services;
    return with_(services, 'audit', {
      add: async (record) => (record.event === 'StopAccepted' ? 'written' : audit.add(record)),
    });
  },
  once: (services) => {
    const { stops } = services;
    return with_(services, 'stops', {
      stop: async (target, attempt) => {
        await stops.stop(target, attempt + 100);
        return stops.stop(target, attempt);
      },
    });
  },
  inTime: (services) =>
    with_(services, 'stops', { stop: async () => ({ kind: 'accepted', status: 'STOPPING' }) }),
  usage: (services) => {
    const { ledger } = services;
    return with_(services, 'ledger', {
      add: async (usages) =>
        ledger.add(
          usages.map((usage) => ({
            ...usage,
            minutes: { ...usage.minutes, total: usage.minutes.total + 5 },
          })),
        ),
    });
  },
  cap: (services) => {
    const { state } = services;
    return with_(services, 'state', {
      change: async (kind, id, change, known) =>
        kind.prefix === 'allowance' ? change(undefined) : state.change(kind, id, change, known),
    });
  },
  told: (services) => with_(services, 'topic', { publish: async () => 'lost' }),
  deadline: (services) => {
    const { farm } = services;
    return with_(services, 'farm', { begin: () => farm.begin() });
  },
} satisfies Record<string, (services: Services) => Services>;

export type Planted = keyof typeof PLANTED;

/** The services with some methods of one of them replaced. */
function with_<K extends keyof Services>(
  services: Services,
  name: K,
  methods: Partial<NonNullable<Services[K]>>,
): Services {
  const target = services[name] as object;
  const replaced = new Proxy(target, {
    get: (from, member) => {
      if (Object.hasOwn(methods, member)) return methods[member as keyof typeof methods];
      const value = Reflect.get(from, member, from);
      return typeof value === 'function' ? value.bind(from) : value;
    },
  });
  return { ...services, [name]: replaced };
}
