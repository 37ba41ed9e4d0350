// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"net/http"

	"vipward/watchdog"
)

// metricsType is the text form of Prometheus.
const metricsType = "text/plain; version=0.0.4; charset=utf-8"

func (s *Server) getMetrics(w http.ResponseWriter, q *http.Request) error {
	b := s.metrics(q.Context())
	w.Header().Set("Content-Type", metricsType)
	_, _ = w.Write(b) // a scraper that is gone misses nothing
	return nil
}

// metricsHandler serves metrics and nothing else.
func (s *Server) metricsHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, q *http.Request) {
		leave, err := s.scrapes.enter(q.Context(), s.limits.crowd)
		if err != nil {
			writeError(w, err)
			return
		}
		defer leave()
		_ = s.getMetrics(w, q) // it has none
	})
	return mux
}

// metrics writes what is known. A process that does not answer is missing, and
// keepalived_up is 0 then, as the exporter has it.
func (s *Server) metrics(ctx context.Context) []byte {
	x := newExposition()
	st, err := s.Daemon.Status(ctx)
	up := err == nil && st.Phase != watchdog.Stopping
	v, verr := s.theVRRP(ctx)
	c, cerr := s.theChecker(ctx)
	x.gauge("keepalived_up", "Whether the daemon and its processes answer.").add(number(up && verr == nil && cerr == nil))
	if err == nil {
		daemonMetrics(x, s.Version, st)
	}
	if verr == nil {
		exporterMetrics(x, v)
		vrrpMetrics(x, v)
	}
	if cerr == nil {
		checkerMetrics(x, c)
	}
	s.ownMetrics(x)
	return x.bytes()
}

func daemonMetrics(x *exposition, version string, st watchdog.Status) {
	x.gauge("keepalived_exporter_build_info", "What serves these metrics; always 1.", "version").add(1, version)
	x.gauge("vipward_start_time_seconds", "When the daemon started.").add(epoch(st.Started))
	x.gauge("vipward_config_reload_last_success", "Whether the last reload was done by all processes; 1 before the first one.").
		add(number(st.Reloads.Last == nil || st.Reloads.Last.OK()))
	reloads := x.counter("vipward_config_reloads_total", "Reloads by their result.", "result")
	reloads.add(float64(st.Reloads.Done), "done")
	reloads.add(float64(st.Reloads.Partial), "partial")
	reloads.add(float64(st.Reloads.Refused), "refused")
	if last := st.Reloads.Last; last != nil {
		x.gauge("vipward_config_reload_last_seconds", "How long the last reload took.").add(last.Ended.Sub(last.Began).Seconds())
		x.gauge("vipward_config_reload_last_timestamp_seconds", "When the last reload ended.").add(epoch(last.Ended))
	}
	up := x.gauge("vipward_process_up", "Whether a child process runs.", "process")
	restarts := x.counter("vipward_process_restarts_total", "Restarts of a child process.", "process")
	for _, p := range st.Processes {
		up.add(number(p.PID != 0), string(p.Role))
		restarts.add(float64(p.Restarts), string(p.Role))
	}
}

func (s *Server) ownMetrics(x *exposition) {
	x.counter("vipward_api_requests_total", "Requests to the local API.").add(float64(s.counts.requests.Load()))
	x.counter("vipward_api_refused_total", "Requests of users who may not use the local API.").add(float64(s.counts.refused.Load()))
	x.counter("vipward_api_actions_total", "Actions that were asked for.").add(float64(s.counts.actions.Load()))
	x.gauge("vipward_api_listeners", "Who listens to events now.").add(float64(s.counts.listeners.Load()))
	x.counter("vipward_api_listeners_dropped_total", "Listeners that did not read.").add(float64(s.counts.dropped.Load()))
}
