/** Of the tokens that the application signs. */
export const secret = process.env.JWT_SECRET ?? 'a secret of this example, which is no secret';
