// SPDX-License-Identifier: Apache-2.0

package page

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestFiles: each file of the page is served with its type, and is not sent twice.
func TestFiles(t *testing.T) {
	t.Parallel()
	p := fixed(healthy())
	files, err := web.ReadDir("web")
	if err != nil || len(files) < 5 {
		t.Fatalf("files: %v, %v", files, err)
	}
	for _, f := range files {
		path := "/" + strings.Replace(address(f.Name()), "{$}", "", 1)
		w := get(p, path)
		if w.Code != http.StatusOK || w.Body.Len() == 0 || w.Header().Get("Content-Type") == "" || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %d %v, %d bytes", path, w.Code, w.Header(), w.Body.Len())
		}
		again := get(p, path, func(q *http.Request) { q.Header.Set("If-None-Match", w.Header().Get("ETag")) })
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s again: %d, %d bytes", path, again.Code, again.Body.Len())
		}
	}
}

// TestNothingElse: there is no other path, and no method that changes something.
func TestNothingElse(t *testing.T) {
	t.Parallel()
	p := fixed(healthy())
	for _, path := range []string{"/v1/status", "/v1/reload", "/metrics", "/web/", "/index.html", "/page.go", "/x"} {
		if w := get(p, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		for _, path := range []string{"/", "/state", "/servers", "/events", "/page.css"} {
			if w := get(p, path, func(q *http.Request) { q.Method = method }); w.Code != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
}

// TestProtection: every answer has the headers, errors too.
func TestProtection(t *testing.T) {
	t.Parallel()
	p := fixed(healthy())
	for _, path := range []string{"/", "/page.css", "/main.js", "/state", "/servers?of=x", "/events", "/missing"} {
		h := get(p, path).Header()
		if h.Get("Content-Security-Policy") != policy || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %v", path, h)
		}
	}
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy without %s", want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
		t.Errorf("policy %s", policy)
	}
}

// TestOwnFilesOnly: the page needs nothing from elsewhere and nothing that its policy forbids.
func TestOwnFilesOnly(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`(?i)innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\bstyle=|\bon[a-z]+="|<style|javascript:|url\(|@import`)
	outside := regexp.MustCompile(`(?i)(https?:)?//[a-z0-9-]+\.[a-z]`)
	files, err := web.ReadDir("web")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := web.ReadFile("web/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(b), "http://www.w3.org/2000/svg", "") // the name of a language
		for _, re := range []*regexp.Regexp{forbidden, outside} {
			if m := re.FindString(text); m != "" {
				t.Errorf("%s has %q", f.Name(), m)
			}
		}
	}
}

// TestForeignNames: a request by a name that the host does not go by gets nothing.
func TestForeignNames(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "localhost:9166": true, "127.0.0.1:9166": true, "[::1]:9166": true, "[::1]": true, "192.0.2.1": true, "x.localhost:80": true,
		"LB1:80": true, "lb1.example.net": true, "LB1.example.net.:9166": true, "lb1.example.org": false, "lb1.evil.example:9166": false,
		"": false, "evil.example": false, "lb12": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "lb1-x:80": false,
	} {
		if got := OwnName(host, "lb1.example.net"); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
	if OwnName("", "") || OwnName("x", "") {
		t.Error("a host without a name goes by any")
	}
	w := get(fixed(healthy()), "/state", func(q *http.Request) { q.Host = "evil.example" })
	if w.Code != http.StatusMisdirectedRequest || strings.Contains(w.Body.String(), "VI_1") {
		t.Errorf("by a foreign name: %d %s", w.Code, w.Body)
	}
}

// TestNoAnswer: a daemon that does not answer is an error, not an empty page.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	p := serve(func() (*Look, error) { return nil, errGone })
	for _, path := range []string{"/state", "/servers?of=x"} {
		if w := get(p, path); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), errGone.Error()) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
