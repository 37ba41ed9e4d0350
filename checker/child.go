// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/ipvs"
	"vipward/netif"
	"vipward/netif/nft"
	"vipward/notify"
)

const (
	// resultRoom is how many results may wait. What waits is taken in one go,
	// and its changes of the table are one batch.
	resultRoom = 1024
	// saveEvery bounds the work for the state while many servers fail. The
	// verdicts of that time are lost with a crash, and found again.
	saveEvery = 50 * time.Millisecond
	// launchRoom is how many probes are started in one pass of the loop.
	launchRoom = 64
	// launchesAtOnce are started by one look at the clock.
	launchesAtOnce = 16
	// longestTick and tickPart bound how early a probe may start for company: that
	// part of its interval.
	longestTick = 25 * time.Millisecond
	tickPart    = 200
)

// Env is what the child is given.
type Env struct {
	Config *conf.Config
	Kernel func() (ipvs.Kernel, error) // opens the kernel's table; retried after errors
	// Within does f in the network namespace of IPVS; nil: it is that of the process.
	Within func(f func() error) error
	State  Store
	Owner  string // marks what a later daemon must know for its own; "": nothing is marked
	Reload <-chan Reload
	Dump   <-chan chan<- string // each asks for one text; a receiver must be waiting or have room
	Ask    <-chan Ask           // what the local API wants; may be nil
	Log    *slog.Logger         // never blocks
	Tell   func(News)           // never blocks; may be nil
	// Progress is called while the stop goes on; nil: nobody waits for it.
	Progress func()
	Keep     bool   // the stop takes nothing out of the table: -I
	Ready    func() // called when the table is programmed for the first time
}

// Reload asks for another configuration.
type Reload struct {
	Config *conf.Config
	Done   chan<- error // buffered
}

// outside is what the child meets beyond its Env, so that tests can play it.
type outside struct {
	probe func(*conf.Checker) probe.Probe
	// connect is the work of the probes that are no goroutines; nil: there are none
	connect func(ctx context.Context) error
	random  func(limit time.Duration) time.Duration // uniform in [0, limit]
	slots   func(checks int) int                    // how many probes may run at once
	hooks   func(made []notify.MadeFIFO) hooks      // those FIFOs are a predecessor's

	runScript probe.RunScript
	disk      disk
	addresses func(ctx context.Context, emit func([]netif.Event)) error
	tables    markTables
	keepFile  func(path string, orders []heldOrder) error // replaces a server_state_file
}

// child is the state of the running child, owned by the goroutine of Run.
type child struct {
	Env
	outside

	roster   *roster
	scripts  scripts
	files    files
	table    *table
	counters counters
	countedC chan counted
	marks    marks
	marker   marker
	archive  archive
	herald   hooks
	queue    queue
	twins    map[*check][]*check // checks that others run for, by those; nil: none ever were
	here     presence
	pacing   pacing
	brake    brake

	watching bool // the addresses
	eventsC  chan []netif.Event

	busy  int // probes in flight
	limit int // of which there may be so many

	worstWait time.Duration // of a check for its turn

	tick    time.Duration // probes that are due within it are started together
	company time.Time     // who is due until then starts now

	probes    errgroup.Group
	results   chan result
	ended     probe.Done // takes the results of runs, of *check
	unsaved   bool
	lastSaved time.Time
}

// result is how one run ended.
type result struct {
	check *check
	found probe.Result
	end   time.Time
}

// ErrBroken says that checks cannot run any more. Another process may get further.
var ErrBroken = errors.New("checks cannot run any more")

// Run is the checker child: it programs the table for the configuration, runs
// the checks and follows them until ctx is done. Then it removes its virtual
// servers from the table and returns nil. A kernel without IPVS is logged and
// tried again; the checks go on meanwhile.
func Run(ctx context.Context, env Env) error {
	connector, err := probe.NewConnector()
	if err != nil {
		return err
	}
	log := env.Log // the configuration of env must not stay with what is made here
	runner, tables := notify.NewRunner(log), nft.NewOwned(env.Owner, log)
	err = run(ctx, env, outside{
		probe: connector.New, connect: connector.Run, random: randomUpTo, slots: probeSlots, runScript: runner.Run, disk: hostDisk,
		addresses: hostAddresses, tables: tables, keepFile: writeOrders,
		hooks: func(made []notify.MadeFIFO) hooks { return newHerald(runner, made, log) },
	})
	return errors.Join(err, runner.Close(), tables.Close())
}

// randomUpTo is uniform in [0, limit].
func randomUpTo(limit time.Duration) time.Duration {
	return rand.N(limit + 1)
}

func run(ctx context.Context, env Env, o outside) error {
	if env.Within == nil {
		env.Within = func(f func() error) error { return f() }
	}
	c := &child{Env: env, outside: o, results: make(chan result, resultRoom), roster: &roster{}, eventsC: make(chan []netif.Event)}
	c.counters, c.countedC = counters{open: env.Kernel}, make(chan counted)
	c.files = files{log: env.Log, group: &c.probes, newsC: make(chan fileNews), disk: o.disk}
	probeCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.ended = c.ender(probeCtx)
	working, broken := context.WithCancelCause(ctx)
	defer broken(nil)
	if c.connect != nil {
		c.probes.Go(func() error {
			err := c.connect(probeCtx)
			if err != nil {
				broken(err)
			}
			return err
		})
	}
	c.start()
	c.loop(working, probeCtx)
	cancel()
	if ctx.Err() == nil {
		// Nothing would be found out any more. A successor goes on with the table as it is.
		return fmt.Errorf("%w: %w", ErrBroken, errors.Join(c.probes.Wait(), c.counters.close()))
	}
	err := c.stop()
	// Scripts may take their time to end. A probe has no error of its own: what it
	// found is its result.
	return errors.Join(err, c.probes.Wait(), c.counters.close())
}

// start adopts what an earlier process left and programs the table.
func (c *child) start() {
	c.Log.Info(lineStart)
	known, err := decode(c.State.Load())
	if err != nil {
		c.Log.Error(fmt.Sprintf("the state of the previous checker process is not used: %v", err))
	}
	if len(c.State.Load()) == 0 {
		c.files.initFiles(c.Config)
		known.orders = c.recallOrders()
	}
	c.archive.store, c.archive.path = c.keepFile, c.Config.Global.Checker.StateFile
	c.herald = c.hooks(known.FIFOs)
	c.table = newTable(c.Kernel, c.Log, known.keys())
	c.table.tuning.tuned = known.Tuned
	c.marks = known.Marks
	c.marker = marker{tables: c.tables, within: c.Within, log: c.Log}
	if len(c.State.Load()) == 0 && c.Config.Global.Firewall.IPVSTable == "" && c.Owner != "" {
		c.marker.sweep()
	}
	// A successor goes on with the table, and with the connections in it.
	c.table.flush = c.Config.Global.Checker.Flush && len(c.State.Load()) == 0
	c.table.keep = func() {
		c.unsaved, c.lastSaved = true, time.Time{}
		c.save(time.Now())
	}
	c.configure(c.Config, known)
	if c.Ready != nil {
		c.Ready()
	}
}

// configure goes over to a configuration.
func (c *child) configure(cfg *conf.Config, known saved) {
	now := time.Now()
	c.log(c.brake.summary(now)) // of pools that may go now
	cfg, c.scripts = findScripts(cfg)
	c.log(c.scripts.lines)
	c.files.follow(cfg)
	cfg, places := c.marks.take(cfg)
	known.judge = c.files.judge
	next, m := follow(c.roster, cfg, known)
	c.roster = next
	c.log(m.lines)
	c.table.tuning.follow(settingsOf(cfg))
	c.table.follow(now, next)
	c.marker.follow(places)
	c.herald.use(cfg)
	c.tell(m.news)
	for _, ch := range m.gone {
		ch.gone = true
		c.queue.drop(ch)
	}
	for _, ch := range m.kept {
		// A script may have another time limit, or have been found elsewhere. A Starter knows
		// nothing but its configuration, and the old one is to go.
		if _, starter := ch.probe.(probe.Starter); starter || ch.conf.Misc != nil {
			ch.probe = c.probeOf(ch.conf)
		}
		if limit := now.Add(ch.conf.DelayLoop); ch.next.After(limit) {
			ch.next = limit
			c.queue.moved(ch)
		}
	}
	c.queue.room(len(m.fresh))
	for _, ch := range m.fresh {
		if ch.follows() != "" {
			continue
		}
		ch.probe = c.probeOf(ch.conf)
		ch.turn()
		if ch.rest == awake {
			c.info(now, lineActivating(ch.server.pool.vs, ch.server.rs))
			c.plan(ch, FirstRun(now, c.random(ch.conf.Warmup)))
		}
	}
	c.attend(now)
	c.repace(now)
	c.limit = c.slots(next.descriptors())
	c.tick = next.tick()
	c.unsaved = true
	c.save(now)
}

func (c *child) log(lines []string) {
	if len(lines) == 0 {
		return
	}
	now := time.Now()
	for _, l := range lines {
		c.info(now, l)
	}
}

// info logs a line with the time of all that is said together: the logger would look at the
// clock for each.
func (c *child) info(now time.Time, line string) {
	if h := c.Log.Handler(); h.Enabled(context.Background(), slog.LevelInfo) {
		_ = h.Handle(context.Background(), slog.NewRecord(now, slog.LevelInfo, line, 0)) // as the logger itself
	}
}

// tell passes on what scripts, FIFOs and mails tell.
func (c *child) tell(all news) {
	for _, n := range all.notices {
		c.herald.tell(n)
		c.announce(n)
	}
	for _, a := range all.alerts {
		c.herald.mail(a)
	}
}

// manyNotices take long to tell.
const manyNotices = 500

// saveAhead saves the state before a change of the table that is followed by much to tell: a
// successor that knew less would take back what the table has.
func (c *child) saveAhead(now time.Time, notices int) {
	if notices > manyNotices {
		c.lastSaved = time.Time{}
	}
	c.save(now)
}

// save stores the state if it has changed and the last time was long enough
// ago.
func (c *child) save(now time.Time) {
	if !c.unsaved || now.Before(c.lastSaved.Add(saveEvery)) {
		return
	}
	c.unsaved, c.lastSaved = false, now
	b, err := c.roster.encode(besides{FIFOs: c.herald.made(), Tuned: c.table.tuning.tuned, Marks: c.marks})
	if err == nil {
		err = c.State.Save(b)
	}
	if err != nil {
		c.Log.Error(fmt.Sprintf("save the checker's state: %v", err))
	}
}
