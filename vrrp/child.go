// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"vipward/conf"
	"vipward/netif"
	"vipward/notify"
)

// Env is what the vrrp child gets from the process around it.
type Env struct {
	Config *conf.Config
	State  Store                // survives a crash of the process
	Reload <-chan Reload        // checked configurations that replace Config
	Dump   <-chan chan<- string // asks for the state as text; the reply channel is buffered
	Log    *slog.Logger         // never blocks; Debug is for lines that need -D
	Ready  func()               // called once, when every instance has started
}

// Reload asks the child to go over to Config.
type Reload struct {
	Config *conf.Config
	Done   chan<- error // buffered
}

// Store keeps the bytes that a successor of a crashed child starts from.
type Store interface {
	Load() []byte // nil when nothing was saved
	Save([]byte) error
}

// errAbandon ends the loop without the ordered stop, because another part of the child
// failed: addresses stay, and the successor takes them over from the state file.
var errAbandon = errors.New("vrrp child abandoned")

// Run is the vrrp child. It returns nil after an ordered stop, which the end of ctx asks
// for: masters have said priority 0, the addresses are gone and the stop scripts have run.
func Run(ctx context.Context, env Env) error {
	monitor, err := netif.OpenMonitor()
	if err != nil {
		return fmt.Errorf("watch links and addresses: %w", err)
	}
	addrs, err := netif.OpenAddrs()
	if err != nil {
		return fmt.Errorf("open the address socket: %w", err)
	}
	defer addrs.Close()
	poll, err := newPoller()
	if err != nil {
		return fmt.Errorf("open the poller: %w", err)
	}
	defer poll.close()
	goRealtime(env.Config.Global.VRRPRealtime, env.Log)

	// The parts end in the loop's order, not with ctx: the end of ctx only asks the loop.
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	g, run := errgroup.WithContext(run)
	box := newInbox(run, poll)
	vips := newVIPs(addrs, netif.NewAnnouncer(), env.Log)
	runner := notify.NewRunner(env.Log)
	defer runner.Close()
	l := newLoop(env, box, vips)
	l.hooks = &hooks{queue: notify.NewQueue(runner, env.Log)}
	l.scripts = newScripts(box, g, runner)
	l.usePrograms(findPrograms(env.Config, env.Log))

	g.Go(func() error { return monitor.Run(run, func(evs []netif.Event) { box.post(linksHeard{evs}) }) })
	g.Go(func() error { return vips.run(run) })
	g.Go(func() error { return forward(ctx, run, env, box) })
	g.Go(func() error {
		defer cancel()
		return l.run(run)
	})
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// forward passes what the parent asks for to the loop.
func forward(ctx, run context.Context, env Env, box *inbox) error {
	stop := ctx.Done()
	for {
		select {
		case <-stop:
			stop = nil
			box.post(stopAsked{})
		case r := <-env.Reload:
			box.post(reloadAsked{r, findPrograms(r.Config, env.Log)})
		case reply := <-env.Dump:
			box.post(dumpAsked{reply})
		case <-run.Done():
			return nil
		}
	}
}
