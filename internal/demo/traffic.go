// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/internal/lab"
)

const (
	askEvery = 20 * time.Millisecond
	// patience is less than the second after which TCP asks again, so that a request made
	// while nobody listens counts as failed.
	patience = 500 * time.Millisecond
)

// traffic is a client that never stops asking, each time over a new connection.
type traffic struct {
	client *http.Client
	url    string

	mu    sync.Mutex // guards what follows
	asked []*request
}

// request is one request; answer is empty until it came, and when it failed.
type request struct {
	sent   time.Time
	answer string
	done   bool
}

// startTraffic asks until t ends.
func startTraffic(t lab.TB, h *lab.Host, url string) *traffic {
	tr := &traffic{client: h.Client(false, patience), url: url}
	ctx, cancel := context.WithCancel(t.Context())
	var g errgroup.Group
	g.Go(func() error {
		tr.ask(ctx, &g)
		return nil
	})
	t.Cleanup(func() {
		cancel()
		_ = g.Wait() // no function in it returns an error
	})
	return tr
}

// ask sends a request at a fixed rate, whether or not the earlier ones are answered.
func (tr *traffic) ask(ctx context.Context, g *errgroup.Group) {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		r := &request{sent: time.Now()}
		tr.add(r)
		g.Go(func() error {
			answer, err := lab.Fetch(tr.client, tr.url)
			tr.end(r, answer, err)
			return nil
		})
	}
}

func (tr *traffic) add(r *request) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.asked = append(tr.asked, r)
}

func (tr *traffic) end(r *request, answer string, err error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	r.done = true
	if err == nil {
		r.answer = answer
	}
}

// since gives the ended requests sent from a moment on.
func (tr *traffic) since(from time.Time) tally {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var ta tally
	for _, r := range tr.asked {
		if r.done && !r.sent.Before(from) {
			ta = append(ta, *r)
		}
	}
	return ta
}

// tally is a stretch of ended requests, in the order they were sent.
type tally []request

func (ta tally) failed() int {
	n := 0
	for _, r := range ta {
		if r.answer == "" {
			n++
		}
	}
	return n
}

// gap is the longest time from a failed request to the next one that was answered, or to
// the last one.
func (ta tally) gap() time.Duration {
	var longest time.Duration
	var broken time.Time // when the first of a stretch of failed ones was sent
	for _, r := range ta {
		if broken.IsZero() && r.answer == "" {
			broken = r.sent
		}
		if !broken.IsZero() {
			longest = max(longest, r.sent.Sub(broken))
		}
		if r.answer != "" {
			broken = time.Time{}
		}
	}
	return longest
}

// run is the stretch of answered requests at the end.
func (ta tally) run() tally {
	for i := len(ta) - 1; i >= 0; i-- {
		if ta[i].answer == "" {
			return ta[i+1:]
		}
	}
	return ta
}

// servers lists who answered, sorted.
func (ta tally) servers() []string { return slices.Sorted(maps.Keys(ta.count())) }

// count counts the answers of each server.
func (ta tally) count() map[string]int {
	count := map[string]int{}
	for _, r := range ta {
		if r.answer != "" {
			count[r.answer]++
		}
	}
	return count
}

// shares says who answered how often: "web1 25, web2 25".
func (ta tally) shares() string {
	count := ta.count()
	var parts []string
	for _, name := range ta.servers() {
		parts = append(parts, fmt.Sprintf("%s %d", name, count[name]))
	}
	return strings.Join(parts, ", ")
}

// verdict says what the client lost.
func (ta tally) verdict() string {
	if ta.failed() == 0 {
		return fmt.Sprintf("no request failed (%d asked)", len(ta))
	}
	return fmt.Sprintf("%d of %d requests failed; never longer than %s without an answer", ta.failed(), len(ta), span(ta.gap()))
}
