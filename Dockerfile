# The adapter in production: compiled sources, production dependencies, and nothing of the sandbox.
#
#   docker build -t provider-adapter .
#   docker run --read-only --env-file .env -v adapter-data:/data -v ./pack:/pack:ro -p 8080:8080 provider-adapter
#
# Node is pinned to the release the project is developed with (devDependencies "node" in package.json).

FROM node:26.10.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package of ours needs its install script here; the image brings Node itself.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build

FROM node:26.10.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM node:26.10.0-bookworm-slim
ENV NODE_ENV=production PROVIDER_PACK=/pack
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY views ./views
COPY public ./public
COPY locales ./locales
# For SQLite: the only place the adapter writes to, so everything else may be mounted read-only.
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 8080 9090
# Alive, not ready: restarting does not help against a database that is away. /readyz is for the load balancer.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 8080) + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1, so that SIGTERM reaches it and the adapter drains.
ENTRYPOINT ["node", "dist/main.js"]
