/** The hosts whose start is measured. */
export const hostKinds = {
  plain: { hasSwagger: false, hasGatehouse: false },
  plainWithUs: { hasSwagger: false, hasGatehouse: true },
  typical: { hasSwagger: true, hasGatehouse: false },
  typicalWithGatehouse: { hasSwagger: true, hasGatehouse: true },
};
