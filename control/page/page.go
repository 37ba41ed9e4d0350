// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"vipward/checker"
	"vipward/vrrp"
	"vipward/watchdog"
)

//go:embed web
var web embed.FS

// Look is what is known at one time.
type Look struct {
	Host, Version string
	At            time.Time
	Daemon        watchdog.Status
	Config        string        // path
	Findings      int           // about the configuration that runs
	Refused       bool          // a later configuration was refused
	VRRP          *vrrp.Status  // nil: no such process
	Checker       *checker.View // nil: no such process
	Problems      []string      // processes that do not answer
}

// Page serves the status page.
type Page struct {
	look    func(context.Context) (*Look, error)
	history *history
	turns   chan struct{} // that answers which are being made have taken
	whole   whole
	handler http.Handler
}

// New makes a page. look is called for each request, so it keeps its answer for a moment;
// events serves a stream of events.
func New(look func(context.Context) (*Look, error), events http.HandlerFunc) *Page {
	p := &Page{look: look, history: newHistory(), turns: make(chan struct{}, describedAtOnce)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /state", p.state)
	mux.HandleFunc("GET /servers", p.servers)
	mux.HandleFunc("GET /events", events)
	files, _ := fs.ReadDir(web, "web") // it is there: go:embed has seen to it
	for _, f := range files {
		mux.Handle("GET /"+address(f.Name()), asset(f.Name()))
	}
	p.handler = guard(mux)
	return p
}

// ServeHTTP implements http.Handler.
func (p *Page) ServeHTTP(w http.ResponseWriter, q *http.Request) { p.handler.ServeHTTP(w, q) }

// address is where a file is served.
func address(name string) string {
	if name == "index.html" {
		return "{$}"
	}
	return name
}

// types are those of the files. The standard library asks the system, which may know others.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// asset serves a file. A browser asks each time whether it is still the same.
func asset(name string) http.HandlerFunc {
	b, _ := web.ReadFile("web/" + name) // its name is from the folder
	sum := sha256.Sum256(b)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	return func(w http.ResponseWriter, q *http.Request) {
		h := w.Header()
		h.Set("Content-Type", types[path.Ext(name)])
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", tag)
		if q.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(b) // a browser that is gone misses nothing
	}
}

// state answers with an Overview.
func (p *Page) state(w http.ResponseWriter, q *http.Request) {
	l := p.now(w, q)
	if l == nil {
		return
	}
	find := strings.TrimSpace(q.URL.Query().Get("find"))
	p.answer(w, q, func() ([]byte, error) {
		if find == "" {
			return p.whole.of(l)
		}
		return json.Marshal(overview(l, find))
	})
}

// servers answers with the Servers of one virtual server.
func (p *Page) servers(w http.ResponseWriter, q *http.Request) {
	l := p.now(w, q)
	if l == nil {
		return
	}
	query := q.URL.Query()
	p.answer(w, q, func() ([]byte, error) {
		list, ok := servers(l, query.Get("of"), query.Get("find"), p.history)
		if !ok {
			return nil, errNoService
		}
		return json.Marshal(list)
	})
}

// now gives what is known, and remembers the response times in it. Nil: the request has
// been answered.
func (p *Page) now(w http.ResponseWriter, q *http.Request) *Look {
	l, err := p.look(q.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return nil
	}
	p.history.observe(l.Checker)
	return l
}

// How often the response times are looked at while nobody does, and how much of the time
// the looking may take: one part in costShare.
const (
	sampleEvery = 10 * time.Second
	costShare   = 50
)

// Sample keeps looking until ctx ends, so that a page that is opened shows the last minutes.
func (p *Page) Sample(ctx context.Context) error {
	for wait := sampleEvery; ; {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
		begun := time.Now()
		if l, err := p.look(ctx); err == nil {
			p.history.observe(l.Checker)
		}
		wait = max(sampleEvery, costShare*time.Since(begun))
	}
}
