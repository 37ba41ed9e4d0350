// SPDX-License-Identifier: Apache-2.0

package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"vipward/watchdog"
)

// Route is one path of the API. docs/openapi.yaml has them all.
type Route struct {
	Method  string
	Path    string // as net/http's patterns have it
	Summary string
	serve   handler
}

// handler serves a request, or gives the reason why not.
type handler func(*Server, http.ResponseWriter, *http.Request) error

// Routes lists the API.
func Routes() []Route {
	return []Route{
		{"GET", "/v1", "The paths of this version", (*Server).index},
		{"GET", "/v1/status", "Everything that is known now", large((*Server).getStatus)},
		{"GET", "/v1/instances", "VRRP instances", large((*Server).getInstances)},
		{"GET", "/v1/instances/{name}", "One VRRP instance", (*Server).getInstance},
		{"POST", "/v1/instances/{name}/failover", "Hand the mastership to another router", (*Server).postFailover},
		{"PUT", "/v1/instances/{name}/maintenance", "Leave the mastership to others, or no longer", (*Server).putMaintenance},
		{"GET", "/v1/trackers", "Tracked scripts, files and processes", (*Server).getTrackers},
		{"GET", "/v1/virtual-servers", "Virtual servers with their real servers and counters", large((*Server).getServers)},
		{"GET", "/v1/checks", "Checks of real servers: last run, latency, next due, streak, why", large((*Server).getChecks)},
		{"PUT", "/v1/real-servers", "Drain a real server, take it out, set its weight, or pause its checks", (*Server).putServer},
		{"GET", "/v1/events", "What happens, as a stream", (*Server).getEvents},
		{"GET", "/v1/diagnostics", "Findings about the configuration", large((*Server).getDiagnostics)},
		{"GET", "/v1/configuration", "The configuration that runs, secrets included: root only", large((*Server).getConfiguration)},
		{"POST", "/v1/reload", "Read the configuration again and wait for the outcome", (*Server).postReload},
		{"GET", "/metrics", "Metrics in Prometheus's text form", large((*Server).getMetrics)},
		{"GET", "/page/", "The status page, for a browser that the socket is forwarded to", (*Server).getPage},
	}
}

// handler serves the whole API to those who may use it.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range Routes() {
		mux.HandleFunc(r.Method+" "+r.Path, func(w http.ResponseWriter, q *http.Request) { s.run(r, w, q) })
	}
	api := safeFromBrowsers(routed(mux))
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		s.counts.requests.Add(1)
		p, ok := peerFrom(q.Context())
		if !ok || !p.may(s.Group) {
			s.counts.refused.Add(1)
			s.tellRefused(p, q)
			writeError(w, &statusError{http.StatusForbidden, errors.New("this user may not use the local API")})
			return
		}
		q.Body = http.MaxBytesReader(w, q.Body, maxBody)
		api.ServeHTTP(w, q)
	})
}

// refusedEvery is how often a refusal is logged: a stranger must not fill the log.
const refusedEvery = time.Second

// tellRefused logs that somebody may not use the API, and after a while how many were not told.
func (s *Server) tellRefused(p Peer, q *http.Request) {
	s.refused.mu.Lock()
	defer s.refused.mu.Unlock()
	s.refused.untold++
	if now := time.Now(); now.Sub(s.refused.at) >= refusedEvery {
		s.Log.Warn(lineRefused(p, q.Method, q.URL.Path, s.refused.untold))
		s.refused.at, s.refused.untold = now, 0
	}
}

// run serves one request.
func (s *Server) run(r Route, w http.ResponseWriter, q *http.Request) {
	if err := r.serve(s, w, q); err != nil {
		writeError(w, err)
	}
}

// statusError is an error with the code of its answer.
type statusError struct {
	code int
	error
}

// Unwrap gives the error itself.
func (e *statusError) Unwrap() error { return e.error }

func refuse(code int, format string, args ...any) error {
	return &statusError{code, fmt.Errorf(format, args...)}
}

// Problem is the body of every answer that is not a success.
type Problem struct {
	Error string `json:"error"`
}

func writeError(w http.ResponseWriter, err error) {
	code := http.StatusInternalServerError
	var se *statusError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &se):
		code = se.code
	case errors.As(err, &large):
		code = http.StatusRequestEntityTooLarge
	case errors.Is(err, watchdog.ErrNotRunning), errors.Is(err, watchdog.ErrBusy):
		code = http.StatusServiceUnavailable
	}
	write(w, code, Problem{err.Error()})
}

// write sends a JSON body.
func write(w http.ResponseWriter, code int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		code, b = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be encoded"}`)
	}
	headers(w)
	w.WriteHeader(code)
	_, _ = w.Write(b) // a client that is gone misses nothing
	_, _ = w.Write([]byte{'\n'})
}

// headers are those of every JSON body.
func headers(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
}

// ok answers a request with v.
func ok(w http.ResponseWriter, v any) error {
	write(w, http.StatusOK, v)
	return nil
}

// read decodes the body of a request. No body is an empty object.
func read(q *http.Request, v any) error {
	if q.ContentLength == 0 {
		return nil
	}
	d := json.NewDecoder(q.Body)
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, err = d.Token(); err == nil {
			err = errors.New("there is more than one value")
		}
	}
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, io.EOF):
		return nil // all of it is read, so that the end of the connection is noticed
	case errors.As(err, &large):
		return err
	}
	return refuse(http.StatusBadRequest, "read the body: %w", err)
}

func (s *Server) index(w http.ResponseWriter, _ *http.Request) error {
	type entry struct {
		Method  string `json:"method"`
		Path    string `json:"path"`
		Summary string `json:"summary"`
	}
	var list []entry
	for _, r := range Routes() {
		list = append(list, entry{r.Method, r.Path, r.Summary})
	}
	return ok(w, list)
}

func lineRefused(p Peer, method, path string, n int) string {
	line := fmt.Sprintf("Local API: %s may not use it: %s %s", p, method, printable(path))
	if n > 1 {
		line += fmt.Sprintf(" (and %d requests before)", n-1)
	}
	return line
}

func lineAction(p Peer, what string) string {
	return fmt.Sprintf("Local API: %s asks: %s", p, printable(what))
}

func lineOutcome(what, outcome string) string {
	return fmt.Sprintf("Local API: %s: %s", printable(what), printable(outcome))
}

// maxShown bounds what of a client's text gets into the log.
const maxShown = 200

// printable keeps a client's text from running away with the log. The log escapes control
// characters by itself.
func printable(s string) string {
	if len(s) > maxShown {
		s = strings.ToValidUTF8(s[:maxShown], "") + "…"
	}
	return s
}
