/** Names that the service's model gives another HTTP status than 400. */
const statuses: Readonly<Record<string, number>> = {
  CannotDeleteException: 409,
  InternalServiceException: 500,
  InternalFailure: 500,
  ServiceUnavailableException: 500,
};

/** An error that the client receives as an AWS JSON error body with `__type` and `message`. */
export class DeviceFarmError extends Error {
  readonly status: number;

  constructor(name: string, message: string, status = statuses[name] ?? 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

export const argumentError = (message: string) => new DeviceFarmError('ArgumentException', message);
export const notFound = (message: string) => new DeviceFarmError('NotFoundException', message);
export const invalid = (message: string) => new DeviceFarmError('ValidationException', message);
export const unreadable = (message: string) => new DeviceFarmError('SerializationException', message);
