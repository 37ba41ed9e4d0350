// SPDX-License-Identifier: Apache-2.0

package control

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vipward/checker"
	"vipward/watchdog"
)

// viewer is a server with a listener of the page alone.
type viewer struct {
	server *Server
	at     string // address
	client *http.Client
}

func newViewer(t *testing.T, d Daemon, change ...func(*Server)) *viewer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	v := &viewer{at: l.Addr().String(), client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	v.server = NewServer(Options{Daemon: d, Version: "v1", Group: Nobody, Log: discard(), Configuration: func() Configuration { return Configuration{Path: "/k.conf"} }})
	for _, f := range change {
		f(v.server)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- v.server.Serve(ctx, Listeners{Page: l}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return v
}

func (v *viewer) get(t *testing.T, method, path string) (int, string) {
	t.Helper()
	return send(t, v.client, method, "http://"+v.at+path, nil)
}

func send(t *testing.T, client *http.Client, method, url string, header http.Header) (int, string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	must(t, err)
	for k, v := range header {
		q.Header[k] = v
	}
	resp, err := client.Do(q)
	must(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp.StatusCode, string(b)
}

// TestPageListener: the page and what it asks for, and nothing of the API.
func TestPageListener(t *testing.T) {
	t.Parallel()
	d := example()
	v := newViewer(t, d)
	for path, want := range map[string]string{"/": "<!doctype html>", "/state": `"name":"VI_1"`, "/servers?of=%5B192.0.2.100%5D:tcp:80": "Connection refused"} {
		if code, body := v.get(t, "GET", path); code != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("GET %s: %d %s", path, code, body)
		}
	}
	for _, r := range Routes() {
		path := strings.ReplaceAll(r.Path, "{name}", "VI_1")
		if code, _ := v.get(t, r.Method, path); code != http.StatusNotFound {
			t.Errorf("%s %s: %d", r.Method, path, code)
		}
	}
	if code, _ := v.get(t, "POST", "/state"); code != http.StatusMethodNotAllowed {
		t.Errorf("POST /state: %d", code)
	}
	if orders := d.heard(); len(orders) != 0 {
		t.Errorf("a viewer made the daemon do %q", orders)
	}
}

// TestPageOfPartsOfADaemon: a process that is not there is left out, one that does not
// answer is a finding, and one that died is another.
func TestPageOfPartsOfADaemon(t *testing.T) {
	t.Parallel()
	busy := newViewer(t, &half{example()})
	if code, body := busy.get(t, "GET", "/state"); code != http.StatusOK || !strings.Contains(body, "vrrp process does not answer") || !strings.Contains(body, "192.0.2.100") {
		t.Errorf("a busy child: %d %s", code, body)
	}
	d := example()
	d.status.Processes[1].PID, d.vrrp = 0, nil
	died := newViewer(t, d)
	if code, body := died.get(t, "GET", "/state"); code != http.StatusOK || !strings.Contains(body, "signal 9 (Killed)") || strings.Contains(body, "VI_1") {
		t.Errorf("a dead child: %d %s", code, body)
	}
}

// TestPageIsCheap: however many look, the children are asked once in a while.
func TestPageIsCheap(t *testing.T) {
	t.Parallel()
	d := example()
	v := newViewer(t, d)
	begun := time.Now()
	for range 100 {
		v.get(t, "GET", "/state")
	}
	most := 2 + int(time.Since(begun)/keepLook)
	d.change(func(d *daemon) {
		if n := d.asked[watchdog.Checker]; n > most {
			t.Errorf("the checker was asked %d times, want at most %d", n, most)
		}
	})
}

// slowDaemon takes its time to answer.
type slowDaemon struct {
	*daemon
	cost time.Duration
}

func (d slowDaemon) Status(ctx context.Context) (watchdog.Status, error) {
	time.Sleep(d.cost)
	return d.daemon.Status(ctx)
}

// TestLookOfMuch: what took 200 ms to gather serves for two seconds.
func TestLookOfMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		look := newLook(NewServer(Options{Daemon: slowDaemon{example(), 200 * time.Millisecond}, Configuration: func() Configuration { return Configuration{} }}))
		at := func() time.Time {
			l, err := look.get(t.Context())
			must(t, err)
			return l.At
		}
		first := at()
		time.Sleep(1900 * time.Millisecond)
		if second := at(); !second.Equal(first) {
			t.Errorf("gathered again after %v", second.Sub(first))
		}
		time.Sleep(200 * time.Millisecond)
		if third := at(); third.Equal(first) {
			t.Error("more than two seconds old")
		}
		time.Sleep(time.Minute) // the answer is dropped
	})
}

// TestPageEvents: events come in words, those of before too, to so many pages and no more.
func TestPageEvents(t *testing.T) {
	t.Parallel()
	v := newViewer(t, example(), fromOne, func(s *Server) { s.limits.pages = 1 })
	news := checker.News{At: time.Now(), Kind: "server", Service: "vs", Server: "rs", Why: "<script>\n"}
	b, err := json.Marshal(news)
	must(t, err)
	v.server.Told(watchdog.Checker, b)
	resp, err := v.client.Get("http://" + v.at + "/events?since=0")
	must(t, err)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	var got []string
	for lines.Scan() && len(got) < 3 {
		if text := lines.Text(); text != "" && !strings.HasPrefix(text, ":") {
			got = append(got, text)
		}
	}
	want := []string{"id: 1", "event: server", fmt.Sprintf(`data: {"id":1,"at":%q,"tone":"bad","text":"real server rs of vs: DOWN: \u003cscript\u003e\n"}`, news.At.Format(time.RFC3339Nano))}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stream (-want +got):\n%s", diff)
	}
	if code, body := v.get(t, "GET", "/events"); code != http.StatusServiceUnavailable {
		t.Errorf("one more: %d %s", code, body)
	}
	if n := v.server.counts.listeners.Load(); n != 0 {
		t.Errorf("a page takes the place of %d listeners of the API", n)
	}
}

func TestEventTone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ kind, data, want string }{
		{"instance", `{"to":"FAULT"}`, "bad"},
		{"instance", `{"to":"MASTER"}`, "good"},
		{"instance", `{"to":"BACKUP"}`, ""},
		{"priority", `{"to":"MASTER"}`, ""},
		{"server", `{"up":false}`, "bad"},
		{"quorum", `{"up":true}`, "good"},
		{"process", `{"pid":1}`, ""},
		{"process", `{"pid":1,"ended":"signal 9"}`, "bad"},
		{"reload", `{"ended":"2026-01-01T00:00:00Z"}`, ""},
		{"reload", `{"refused":"no"}`, "bad"},
		{"reload", `{"problems":["a"]}`, "bad"},
		{"later", `7`, ""},
	} {
		if got := (Event{Kind: tt.kind, Data: json.RawMessage(tt.data)}).Tone(); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.kind, tt.data, got, tt.want)
		}
	}
}

// TestBrowserAtTheSocket: where the socket is forwarded to a port, the page may be looked at,
// and another site that is open in the same browser can do nothing.
func TestBrowserAtTheSocket(t *testing.T) {
	t.Parallel()
	r := start(t, example())
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", r.path)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	h := func(pairs ...string) http.Header {
		out := http.Header{}
		for i := 0; i < len(pairs); i += 2 {
			out.Set(pairs[i], pairs[i+1])
		}
		return out
	}
	for name, tt := range map[string]struct {
		method, url string
		header      http.Header
		want        int
	}{
		"the page":                   {"GET", "http://localhost:8080/page/", h("Sec-Fetch-Site", "none"), 200},
		"what it asks":               {"GET", "http://localhost:8080/page/state", h("Sec-Fetch-Site", "same-origin"), 200},
		"a program":                  {"POST", "http://vipward/v1/reload", nil, 200},
		"an image of another site":   {"GET", "http://evil.example/v1/status", h("Sec-Fetch-Site", "cross-site"), 403},
		"a form of another site":     {"POST", "http://localhost:8080/v1/reload", h("Sec-Fetch-Site", "cross-site", "Origin", "http://evil.example"), 403},
		"an older browser's form":    {"POST", "http://localhost:8080/v1/reload", h("Origin", "http://evil.example"), 403},
		"a name that leads here":     {"POST", "http://evil.example/v1/reload", h("Sec-Fetch-Site", "same-origin", "Origin", "http://evil.example"), 403},
		"and asks for the state":     {"GET", "http://evil.example/v1/status", h("Sec-Fetch-Site", "same-origin"), 403},
		"the page by that name":      {"GET", "http://evil.example/page/state", nil, 421},
		"the page changes nothing":   {"POST", "http://localhost:8080/page/state", h("Sec-Fetch-Site", "same-origin"), 405},
		"the page without its slash": {"GET", "http://localhost:8080/page", nil, 200},
	} {
		if code, body := send(t, client, tt.method, tt.url, tt.header); code != tt.want {
			t.Errorf("%s: %d, want %d: %s", name, code, tt.want, body)
		}
	}
}
