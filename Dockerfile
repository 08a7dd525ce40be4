# One node of Halley: `docker build -t halley .` here.

# The console's pages are built where the tools for that are. The image carries the result only.
FROM node:26-slim AS pages
WORKDIR /opt/halley
COPY package.json package-lock.json ./
COPY console/package.json console/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY bin bin
COPY docs docs
COPY CHANGELOG.md CONTRIBUTING.md ./
COPY tsconfig.json ./
COPY src src
COPY console console
COPY site site
RUN npm run prepare

FROM node:26-slim

WORKDIR /opt/halley
COPY package.json package-lock.json ./
COPY console/package.json console/
# The image brings its own Node. So the one that package.json pins is not fetched (no install scripts are run),
# and what bin/halley starts is the image's.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && mkdir -p node_modules/.bin \
  && ln -sf /usr/local/bin/node node_modules/.bin/node \
  && npm cache clean --force \
  && ln -s /opt/halley/bin/halley /usr/local/bin/halley \
  && install -d -o node -g node -m 0700 /var/lib/halley
COPY LICENSE ./
COPY bin bin
COPY src src
COPY --from=pages /opt/halley/console/dist console/dist
COPY --from=pages /opt/halley/site/dist site/dist

ENV NODE_ENV=production \
  HALLEY_DATA_DIR=/var/lib/halley \
  HALLEY_LISTEN=0.0.0.0:8787
# By number, so that Kubernetes can see that it is not root. It is the image's user `node`.
USER 1000:1000
VOLUME /var/lib/halley
EXPOSE 8787

# It asks itself: the certificate is for another name.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "--no-warnings", "-e", "const { HALLEY_LISTEN, HALLEY_TLS_CERT_PATH } = process.env; process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; fetch(`${HALLEY_TLS_CERT_PATH ? 'https' : 'http'}://127.0.0.1:${HALLEY_LISTEN.split(':').pop()}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["/opt/halley/bin/halley"]
CMD ["serve"]
