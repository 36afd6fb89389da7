/** The moment at which every test begins. */
export const BEGIN = Date.UTC(2026, 7, 7, 12, 0, 0);
