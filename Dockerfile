# Another base needs Node 24 and glibc, which DuckDB is built for.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS ui
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm install
COPY tsconfig.json vite.config.ts ./
COPY ui ui
RUN npm run build

FROM ${NODE_IMAGE} AS modules
WORKDIR /app
COPY package.json package-lock.json ./
# The image has Node already; the one that comes for machines with an older Node is taken out.
RUN npm install --omit=dev && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=modules /app/node_modules node_modules
COPY package.json leeway LICENSE ./
COPY detectors detectors
COPY server server
COPY alert-rules alert-rules
COPY dashboards dashboards
COPY --from=ui /app/ui/dist ui/dist
COPY dashboards/provisioning/leeway.yaml /etc/leeway/leeway.yaml
RUN ln -s /app/leeway /usr/local/bin/leeway && mkdir /data && chown node:node /data

USER node
# Where leeway.yaml is, so that `leeway keys …` finds it without --config.
WORKDIR /etc/leeway
VOLUME /data
EXPOSE 8080 4318 4317
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["leeway"]
CMD ["serve", "--config", "/etc/leeway/leeway.yaml"]
