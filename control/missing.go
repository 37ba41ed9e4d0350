// SPDX-License-Identifier: Apache-2.0

package control

import "net/http"

// routed serves a mux, which answers in plain text what no route is for, with a Problem then.
func routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		h, pattern := mux.Handler(q)
		if pattern != "" {
			mux.ServeHTTP(w, q)
			return
		}
		c := &coder{header: w.Header(), code: http.StatusNotFound}
		h.ServeHTTP(c, q)
		err := refuse(c.code, "there is no such path; GET /v1 lists them")
		if allow := w.Header().Get("Allow"); allow != "" {
			err = refuse(c.code, "%s is for %s only", printable(q.URL.Path), allow)
		}
		writeError(w, err)
	})
}

// coder takes the code of an answer, and no body.
type coder struct {
	header http.Header
	code   int
}

// Header implements http.ResponseWriter.
func (c *coder) Header() http.Header { return c.header }

// WriteHeader implements http.ResponseWriter.
func (c *coder) WriteHeader(code int) { c.code = code }

// Write implements http.ResponseWriter.
func (c *coder) Write(b []byte) (int, error) { return len(b), nil }
