// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"vipward/conf"
)

// beatEvery is how often the state of an interface is polled.
const beatEvery = time.Second

// carrier asks drivers for their carrier; *netif.Linkbeat is the real one.
type carrier interface {
	Method(link, asked string) string
	Up(link, method string) (bool, error)
}

// beats polls the state of interfaces that do not tell of its changes, in a goroutine of its
// own: a driver may take its time.
type beats struct {
	carrier carrier
	log     *slog.Logger
	post    func(message)

	mu    sync.Mutex // guards wanted
	want  map[string]string
	kicks chan struct{}

	// Owned by run.
	methods map[string]string // that work, by name
	last    map[string]bool
}

// beatHeard says that the polled state of an interface is another one now.
type beatHeard struct {
	name string
	up   bool
}

func newBeats(c carrier, log *slog.Logger, post func(message)) *beats {
	return &beats{
		carrier: c, log: log, post: post, kicks: make(chan struct{}, 1),
		methods: map[string]string{}, last: map[string]bool{},
	}
}

// polledLinks gives the interfaces whose state is polled, with the method that is asked for.
func polledLinks(cfg *conf.Config) map[string]string {
	out := map[string]string{}
	for _, c := range cfg.Instances {
		if c.Interface != "" && (c.LinkbeatUsePolling || cfg.Global.Daemon.LinkbeatUsePolling) {
			out[c.Interface] = ""
		}
	}
	for _, b := range cfg.Linkbeats {
		out[b.Interface] = b.Method
	}
	return out
}

// set says what to poll.
func (b *beats) set(want map[string]string) {
	b.mu.Lock()
	b.want = want
	b.mu.Unlock()
	select {
	case b.kicks <- struct{}{}:
	default:
	}
}

// run polls until ctx ends.
func (b *beats) run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		select {
		case <-b.kicks:
			clear(b.methods)
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
		if b.poll() {
			timer.Reset(beatEvery)
		}
	}
}

// poll asks for every interface once, and says whether there is any.
func (b *beats) poll() bool {
	b.mu.Lock()
	want := b.want
	b.mu.Unlock()
	for name, asked := range want {
		up, ok := b.ask(name, asked)
		if was, known := b.last[name]; ok && (!known || was != up) {
			b.last[name] = up
			b.post(beatHeard{name, up})
		}
	}
	return len(want) > 0
}

// ask finds the way that works, says if it is not the configured one, and asks.
func (b *beats) ask(name, asked string) (up, ok bool) {
	method := b.methods[name]
	if method == "" {
		if method = b.carrier.Method(name, asked); method == "" {
			delete(b.last, name) // it is not there
			return false, false
		}
		if asked != "" && method != asked {
			b.log.Info(beatMethodLine(name, asked, method))
		}
		b.methods[name] = method
	}
	up, err := b.carrier.Up(name, method)
	if err != nil {
		delete(b.methods, name) // look for another way the next time
		return false, false
	}
	return up, true
}

// polledNames lists the interfaces of polledLinks.
func polledNames(want map[string]string) []string {
	names := make([]string, 0, len(want))
	for name := range want {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
