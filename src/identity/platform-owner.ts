/** The owner of the keys that run the platform; it is the same in every installation. */
export const platformOwnerId = '00000000-0000-7000-8000-000000000001';
