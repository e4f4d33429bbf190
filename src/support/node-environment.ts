const outsideProduction = ['development', 'test', 'staging'];

/** The known values of `NODE_ENV`; unset means `development`. */
export const nodeEnvironments = [...outsideProduction, 'production'];

/** Whether this value of `NODE_ENV` means production: an unknown one, such as `prod`, does. */
export function isProduction(value: string | undefined): boolean {
  const name = value?.trim() ?? '';
  return name !== '' && !outsideProduction.includes(name);
}
