/** Names that the service uses with HTTP 500. Everything else that it raises itself is a 400. */
const serverErrors = new Set(['InternalServiceException', 'InternalFailure', 'ServiceUnavailableException']);

/** An error that the client receives as an AWS JSON error body with `__type` and `message`. */
export class DeviceFarmError extends Error {
  readonly status: number;

  constructor(name: string, message: string, status = serverErrors.has(name) ? 500 : 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

export const argumentError = (message: string) => new DeviceFarmError('ArgumentException', message);
export const notFound = (message: string) => new DeviceFarmError('NotFoundException', message);
export const invalid = (message: string) => new DeviceFarmError('ValidationException', message);
export const unreadable = (message: string) => new DeviceFarmError('SerializationException', message);
