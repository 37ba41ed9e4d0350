// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"vipward/conf"
	"vipward/internal/sched"
	"vipward/netif"
	"vipward/netif/nft"
	"vipward/notify"
)

// Env is what the vrrp child gets from the process around it.
type Env struct {
	Config *conf.Config
	State  Store         // survives a crash of the process
	Owner  string        // marks what a later daemon must know for its own; "": nothing is marked
	Reload <-chan Reload // checked configurations that replace Config
	Log    *slog.Logger  // never blocks; Debug is for lines that need -D
	Ready  func()        // called once, when every instance has started

	Questions <-chan Question // about the state
	Ask       <-chan Ask      // what the local API wants; may be nil
	Tell      func(News)      // never blocks; may be nil

	// Progress is called while an ordered stop goes on, from several goroutines; nil: nobody waits.
	Progress func()
	// SyncDaemons opens the sync daemons of IPVS; it is called when one is configured.
	SyncDaemons func() (SyncDaemons, error)

	// Keep leaves everything in the kernel at an ordered stop, and masters say nothing.
	Keep bool
	// ReleaseAll removes the addresses of backups too at an ordered stop: somebody else may
	// have added them.
	ReleaseAll bool
}

// Reload asks the child to go over to Config.
type Reload struct {
	Config *conf.Config
	Done   chan<- error // buffered
}

// View is one way to describe the state.
type View uint8

// The views.
const (
	Data       View = iota // everything, for people
	Stats                  // counters, in keepalived's lines
	StatsClear             // the same, and then they are set to zero
	JSON                   // instances in keepalived's JSON; "" when there are none
)

// Question asks for the state in a view.
type Question struct {
	View  View
	Reply chan<- string // buffered
}

// Store keeps the bytes that a successor of a crashed child starts from.
type Store interface {
	Load() []byte // nil when nothing was saved
	Save([]byte) error
}

// errAbandon ends the loop without the ordered stop, because another part of the child
// failed: addresses stay, and the successor takes them over from the state file.
var errAbandon = errors.New("vrrp child abandoned")

// kernel is the kernel's side of the child, so that a test can take its place.
type kernel struct {
	monitor interface {
		Run(ctx context.Context, emit func([]netif.Event)) error
		WatchRoutes(on bool) error
	}
	addrs kernelBatch
	garp  announcer
	open  func(sockKey, string) (packetIO, error)
	links virtualLinks
	beats carrier
	watch claimWatch     // nil: none
	wall  firewallTables // nil: none
}

// Run is the vrrp child. It returns nil after an ordered stop, which the end of ctx asks
// for: masters have said priority 0, the addresses are gone and the stop scripts have run.
// Without the right to open raw sockets the error is os.ErrPermission.
func Run(ctx context.Context, env Env) error {
	if err := mayOpenRaw(); err != nil {
		return err
	}
	addrs, err := netif.OpenKernel()
	if err != nil {
		return fmt.Errorf("open the address socket: %w", err)
	}
	defer addrs.Close()
	monitor, err := netif.OpenMonitor(addrs)
	if err != nil {
		return fmt.Errorf("watch links and addresses: %w", err)
	}
	garp := netif.NewAnnouncer()
	defer garp.Close()
	vmacs, err := netif.OpenLinks()
	if err != nil {
		return fmt.Errorf("open the socket for VMACs: %w", err)
	}
	defer vmacs.Close()
	linkbeat, err := netif.OpenLinkbeat()
	if err != nil {
		return err
	}
	defer linkbeat.Close()
	var claims claimWatch
	if watch, err := netif.OpenARPWatch(); err == nil {
		defer watch.Close()
		claims = watch
	} else {
		env.Log.Warn(watchFailedLine(err)) // the rest works without
	}
	schedule(scheduleOf(env.Config.Global), sched.Schedule{}, env.Log)
	wall := nft.NewOwned(env.Owner, env.Log)
	defer wall.Close()
	return run(ctx, env, kernel{monitor, addrs, garp, openRaw, vmacs, linkbeat, claims, nftTables{wall}})
}

func run(ctx context.Context, env Env, k kernel) error {
	poll, err := newPoller()
	if err != nil {
		return fmt.Errorf("open the poller: %w", err)
	}
	if env.Progress == nil {
		env.Progress = func() {}
	}
	defer poll.close()
	runner := notify.NewRunner(env.Log)
	defer runner.Close()

	// The parts end in the loop's order, not with ctx: the end of ctx only asks the loop.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	g, life := errgroup.WithContext(life)
	box := newInbox(life, poll)
	l := newLoop(env, box, newKeeper(k.addrs, k.garp, k.wall, env.Log), k.open)
	l.keeper.watchRoutes = k.monitor.WatchRoutes
	l.hooks = newHooks(runner, l.saved.FIFOs, env.Log)
	l.tracking = newTracking(l, g, runner)
	l.links.keeper = newLinkKeeper(k.links, env.Log, box.post)
	l.links.keeper.progress = env.Progress
	l.links.beats = newBeats(k.beats, env.Log, box.post)
	l.announcing.watch = k.watch
	l.firewall.sweep = env.Owner != "" && env.State.Load() == nil
	l.firewall.watch = func(table string) { watchTables(life, g, k.wall, table, box, env.Log) }
	if len(l.saved.Instances) == 0 { // else an earlier process did so
		initFiles(env.Config, env.Log)
	}
	if env.State.Load() == nil {
		l.resting = restingOf(recallResting(env.Config.Global.VRRP.StateFile, env.Log))
	}
	l.pruneResting(env.Config.Global.VRRP.StateFile)
	l.use(lookUp(env.Config, env.Log))

	g.Go(func() error { return k.monitor.Run(life, func(evs []netif.Event) { box.post(linksHeard{evs}) }) })
	g.Go(func() error { return l.keeper.run(life) })
	g.Go(func() error {
		keepRests(life, l.restC, env.Log)
		return nil
	})
	syncd := syncKeeper{open: env.SyncDaemons, log: env.Log}
	g.Go(func() error { return syncd.run(life, l.syncd.wantC) })
	kept := l.saved.Links
	g.Go(func() error { return l.links.keeper.run(life, kept) })
	g.Go(func() error { return k.links.Watch(life, l.links.keeper.look) })
	g.Go(func() error { return l.links.beats.run(life) })
	if k.watch != nil {
		g.Go(func() error {
			if err := k.watch.Run(life, func(list []netif.Sighting) { box.post(claimsHeard{list}) }); err != nil {
				env.Log.Warn(watchFailedLine(err))
			}
			return nil // the rest works without
		})
	}
	g.Go(func() error { return forward(ctx, life, env, box) })
	g.Go(func() error { return answer(life, g, env.Ask, box) })
	g.Go(func() error {
		defer end()
		return l.run(life)
	})
	return g.Wait()
}

// forward passes what the parent asks for to the loop.
func forward(ctx, life context.Context, env Env, box *inbox) error {
	stop := ctx.Done()
	now := scheduleOf(env.Config.Global)
	for {
		select {
		case <-stop:
			stop = nil
			box.post(stopAsked{})
		case r := <-env.Reload:
			next := scheduleOf(r.Config.Global)
			schedule(next, now, env.Log)
			now = next
			box.post(reloadAsked{r, lookUp(r.Config, env.Log)})
		case q := <-env.Questions:
			box.post(q)
		case <-life.Done():
			box.poll.kick() // another part failed: the loop must see it
			return nil
		}
	}
}

// answer passes what the local API asks for to the loop.
func answer(life context.Context, g *errgroup.Group, asks <-chan Ask, box *inbox) error {
	for {
		select {
		case a := <-asks:
			switch {
			case a.Order != nil:
				box.post(orderAsked{*a.Order, a.Done})
			case a.Done != nil:
				box.post(pinged{a.Done})
			}
			if a.Reply != nil {
				g.Go(func() error {
					collectStatus(life, box, a.Reply)
					return nil
				})
			}
		case <-life.Done():
			return nil
		}
	}
}
