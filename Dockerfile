# One node of Halley: `docker build -t halley .` here. docs/guides/docker.md

# Pin it by the digest that `docker buildx imagetools inspect node:26-slim` prints in the line `Digest:`,
# as --build-arg NODE_IMAGE=node:26-slim@sha256:...
ARG NODE_IMAGE=node:26-slim

# Everything is installed and built where the tools for that are. The image carries the result only.
FROM ${NODE_IMAGE} AS build
WORKDIR /opt/halley
COPY package.json package-lock.json ./
COPY console/package.json console/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY LICENSE tsconfig.json ./
COPY bin bin
COPY CHANGELOG.md CONTRIBUTING.md ./
COPY docs docs
COPY deploy/npm deploy/npm
COPY src src
COPY console console
COPY site site
RUN npm run prepare && node deploy/npm/bill.ts halley.cdx.json
# The image brings its own Node. So the one that package.json pins is not fetched (no install scripts are run),
# and what bin/halley starts is the image's.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && mkdir -p node_modules/.bin \
  && rm -rf node_modules/halley-console node_modules/.cache \
  && ln -sf /usr/local/bin/node node_modules/.bin/node

FROM ${NODE_IMAGE}
RUN ln -s /opt/halley/bin/halley /usr/local/bin/halley \
  && install -d -o 1000 -g 1000 -m 0700 /var/lib/halley
WORKDIR /opt/halley
COPY --from=build /opt/halley/package.json /opt/halley/LICENSE /opt/halley/halley.cdx.json ./
COPY --from=build /opt/halley/node_modules node_modules
COPY --from=build /opt/halley/bin bin
COPY --from=build /opt/halley/src src
COPY --from=build /opt/halley/console/dist console/dist
COPY --from=build /opt/halley/site/dist site/dist

# Below the data directory, so that nothing else need be writable.
ENV NODE_ENV=production \
  HALLEY_DATA_DIR=/var/lib/halley \
  HALLEY_HTTP_UPLOADS_DIRECTORY=/var/lib/halley/uploads \
  HALLEY_LISTEN=0.0.0.0:8787
# By number, so that Kubernetes can see that it is not root. It is the image's user `node`.
USER 1000:1000
VOLUME /var/lib/halley
EXPOSE 8787

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["halley", "health"]

ENTRYPOINT ["/opt/halley/bin/halley"]
CMD ["serve"]
