/** The hosts whose start is measured. */
export const hostKinds = {
  plain: { hasSwagger: false, hasGatehouse: false },
  plainWithUs: { hasSwagger: false, hasGatehouse: true },
  usual: { hasSwagger: true, hasGatehouse: false },
  usualWithUs: { hasSwagger: true, hasGatehouse: true },
};
