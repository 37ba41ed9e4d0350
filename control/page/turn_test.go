// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestDescribedOnce: however many pages are open, what is known is described once, and a
// filter sees it too.
func TestDescribedOnce(t *testing.T) {
	t.Parallel()
	l := healthy()
	p := serve(func() (*Look, error) { return l, nil })
	first := getJSON[Overview](t, p, "/state")
	l.Host = "changed" // so that a second description would show
	for _, path := range []string{"/state", "/state?find=", "/state?find=+"} {
		if got := getJSON[Overview](t, p, path); got.Host != first.Host {
			t.Errorf("%s was described again", path)
		}
	}
	if got := getJSON[Overview](t, p, "/state?find=VI_2"); got.Host != "changed" || len(got.VRRP.List) != 1 {
		t.Errorf("a filter got the answer without one: %+v", got)
	}
	l = healthy()
	l.Host = "next"
	if got := getJSON[Overview](t, p, "/state"); got.Host != "next" {
		t.Errorf("of the next look: %+v", got)
	}
}

// TestTurns: beyond a few answers at a time others wait for theirs, and not for ever.
func TestTurns(t *testing.T) {
	for _, path := range []string{"/state", "/state?find=VI", "/servers?of=%5B192.0.2.100:80%5D:tcp"} {
		synctest.Test(t, func(t *testing.T) {
			p := fixed(healthy())
			for range describedAtOnce {
				p.turns <- struct{}{}
			}
			if w := get(p, path); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "too many") {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
			time.AfterFunc(patience/2, func() { <-p.turns })
			if w := get(p, path); w.Code != http.StatusOK {
				t.Errorf("%s when another has ended: %d %s", path, w.Code, w.Body)
			}
			if n := len(p.turns); n != describedAtOnce-1 {
				t.Errorf("%s: %d turns are taken", path, n)
			}
		})
	}
}

// TestTurnOfNobody: who is gone takes no turn.
func TestTurnOfNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := fixed(healthy())
		for range describedAtOnce {
			p.turns <- struct{}{}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		begun := time.Now()
		if w := get(p, "/state", func(q *http.Request) { *q = *q.WithContext(ctx) }); w.Body.Len() != 0 || time.Since(begun) != 0 {
			t.Errorf("%s after %v", w.Body, time.Since(begun))
		}
	})
}

// BenchmarkState is an answer about 40,000 real servers that are down: described, and as it
// is had by all pages but the first.
func BenchmarkState(b *testing.B) {
	l := healthy()
	for i := range 4000 {
		vs := service(fmt.Sprintf("10.1.%d.%d:80", i/250, i%250), 10)
		for j := range vs.Reals {
			fail(&vs.Reals[j], "Connection refused", noon)
		}
		l.Checker.Virtuals = append(l.Checker.Virtuals, vs)
	}
	p := fixed(l)
	b.Run("described", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			get(p, "/state?find=no+such")
		}
	})
	b.Run("again", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			get(p, "/state")
		}
	})
}
