// SPDX-License-Identifier: Apache-2.0

package page

import (
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"
	"weak"
)

// describedAtOnce is how many answers are made at a time: with tens of thousands of servers
// one takes a processor for a tenth of a second, and this process has other work.
const describedAtOnce = 2

// patience is how long a request waits for its turn. A page asks again by itself.
const patience = 5 * time.Second

// errNoService says that what is asked for is not there.
var errNoService = errors.New("there is no such virtual server")

// answer makes an answer when it is its turn, and sends it when it is the turn of others.
func (p *Page) answer(w http.ResponseWriter, q *http.Request, describe func() ([]byte, error)) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case p.turns <- struct{}{}:
	case <-timer.C:
		http.Error(w, "too many ask: try again", http.StatusServiceUnavailable)
		return
	case <-q.Context().Done():
		return
	}
	body, err := p.inTurn(describe)
	switch {
	case errors.Is(err, errNoService):
		http.Error(w, err.Error(), http.StatusNotFound)
	case err != nil:
		http.Error(w, "the answer cannot be encoded", http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(body) // a browser that is gone misses nothing
	}
}

// inTurn describes and ends the turn.
func (p *Page) inTurn(describe func() ([]byte, error)) ([]byte, error) {
	defer func() { <-p.turns }()
	return describe()
}

// whole is the Overview without a filter of the last Look. It is made once for all pages, and
// holds no Look in memory.
type whole struct {
	mu   sync.Mutex // guards what follows
	look weak.Pointer[Look]
	json []byte
}

func (c *whole) of(l *Look) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.look == weak.Make(l) {
		return c.json, nil
	}
	b, err := json.Marshal(overview(l, ""))
	if err == nil {
		c.look, c.json = weak.Make(l), b
	}
	return b, err
}
