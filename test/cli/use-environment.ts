import { onTestFinished, vi } from 'vitest';

/** Sets what the SDK reads, until the test ends: endpoints and credentials, and nothing that this machine may have. */
export function useEnvironment(variables: Readonly<Record<string, string>>): void {
  const clean = {
    AWS_PROFILE: '',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  for (const [name, value] of Object.entries({ ...clean, ...variables })) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}
