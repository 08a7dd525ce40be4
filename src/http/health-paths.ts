/** The paths for balancers and monitoring, on the main listener. */
export const healthPaths = ['/healthz', '/readyz', '/metrics'] as const;
