// The API and the metrics of a composed server.
import { coreRoutes } from "../../core/http/core-routes.js";
import { eventRoute } from "../../core/http/event-route.js";
import { HttpServer } from "../../core/http/http-server.js";
import { settingsRoutes } from "../../core/settings/settings-routes.js";
import { traceRoute } from "../../core/http/trace-route.js";
import { callMetrics, journalMetrics } from "../../core/observe/core-metrics.js";
import { Metrics } from "../../core/observe/metrics.js";
import { REALM } from "./access.js";
import type { ServerOptions } from "./ports.js";
import { accessMetrics, admissionMetrics, legMetrics, perTrunkMetrics, settingsMetrics, signalingMetrics, trunkMetrics } from "./metrics.js";
import type { Parts } from "./parts.js";
import { liveRoute, pluginRoutes } from "./plugin-routes.js";

/** Not listening yet. After the plugins' start: their routes are fixed from here on. */
export function buildHttp(options: ServerOptions, parts: Parts): HttpServer {
  const { config, ports, apiToken, version } = options;
  const { clock, random, crypto, store, recordings, log } = ports;
  const { access, journal, calls, plugins, trace } = parts;
  const metrics = ports.metrics ?? new Metrics({ process: false });
  for (const source of [callMetrics(() => calls.counters), journalMetrics(() => journal.counters), signalingMetrics(parts), legMetrics(parts), accessMetrics(parts), trunkMetrics(parts), admissionMetrics(parts), settingsMetrics(parts)]) metrics.add(source);
  metrics.addLabelled(perTrunkMetrics(parts));
  const core = coreRoutes({ hospital: config.hospital.id, store, recordings, openCalls: () => calls.list() });
  return new HttpServer({
    token: apiToken,
    hospital: config.hospital.id,
    version,
    routes: [...core.routes, traceRoute({ hospital: config.hospital.id, trace, journal }), ...settingsRoutes({ book: access.settings, phones: { crypto, realm: REALM }, signOut: (extension) => access.registrar.forget(extension) }), ...pluginRoutes(options, parts), ...plugins.registered.routes.values().map(({ value }) => liveRoute(plugins, value))],
    streams: core.streams,
    sockets: [eventRoute({ journal, clock })],
    journal,
    metrics: () => metrics.read(),
    clock,
    random,
    crypto,
    log,
  });
}
