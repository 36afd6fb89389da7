/** A property of a construct has a value that the stack cannot be built with. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  readonly code = 'SETTING';
}
