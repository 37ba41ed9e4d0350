// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vipward/checker/probe"
	"vipward/conf"
	"vipward/ipvs"
	"vipward/ipvs/ipvsfake"
	"vipward/netif"
	"vipward/notify"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// TestMain: the clock of regexp2 ends by itself, when no search has needed it for a while.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
}

// journal is a log handler that keeps the messages; debug lines start with
// "debug: ".
type journal struct {
	mu    sync.Mutex // guards lines
	lines []string
}

func (j *journal) Enabled(context.Context, slog.Level) bool { return true }
func (j *journal) WithAttrs([]slog.Attr) slog.Handler       { return j }
func (j *journal) WithGroup(string) slog.Handler            { return j }

func (j *journal) Handle(_ context.Context, r slog.Record) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	prefix := ""
	if r.Level != slog.LevelInfo {
		prefix = strings.ToLower(r.Level.String()) + ": "
	}
	j.lines = append(j.lines, prefix+r.Message)
	return nil
}

// take gives the lines since the last call.
func (j *journal) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	l := j.lines
	j.lines = nil
	return l
}

// memory is a Store.
type memory struct {
	mu    sync.Mutex // guards all below
	b     []byte
	first []byte // of the first Save
	saves int
	err   error
}

func (m *memory) Load() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.b
}

func (m *memory) Save(b []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.saves == 0 {
		m.first = b
	}
	m.b, m.saves = b, m.saves+1
	return m.err
}

// farm answers probes: servers that are in neither list pass.
type farm struct {
	mu     sync.Mutex // guards all below
	dead   map[string]bool
	mute   map[string]bool // no answer within the time limit
	probes map[string]int
}

func (f *farm) set(list *map[string]bool, server string, on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if *list == nil {
		*list = map[string]bool{}
	}
	(*list)[server] = on
}

func (f *farm) kill(server string)   { f.set(&f.dead, server, true) }
func (f *farm) revive(server string) { f.set(&f.dead, server, false) }

// count gives the probes since the last call.
func (f *farm) count(server string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.probes[server]
	delete(f.probes, server)
	return n
}

func (f *farm) probe(c *conf.Checker) probe.Probe {
	return probe.Func(func(ctx context.Context) probe.Result { return f.ask(ctx, c) })
}

func (f *farm) ask(ctx context.Context, c *conf.Checker) probe.Result {
	f.mu.Lock()
	at := c.ConnectIP.String()
	if f.probes == nil {
		f.probes = map[string]int{}
	}
	f.probes[at]++
	dead, mute := f.dead[at], f.mute[at]
	f.mu.Unlock()
	if mute {
		select {
		case <-time.After(c.ConnectTimeout):
		case <-ctx.Done():
		}
		return probe.Result{Outcome: probe.Failed, Cause: os.ErrDeadlineExceeded}
	}
	if dead {
		return probe.Result{Outcome: probe.Failed, Cause: errors.New("refused")}
	}
	return probe.Result{Outcome: probe.Passed}
}

// bench is a running child and all around it.
type bench struct {
	t       *testing.T
	cfg     *conf.Config
	kernel  *ipvsfake.Kernel
	absent  atomic.Bool // the kernel has no IPVS
	store   *memory
	farm    *farm
	log     *journal
	slots   int
	told    records
	script  probe.RunScript
	files   shelf
	diskOf  *disk                       // nil: files
	connect func(context.Context) error // of the connector; nil: none
	marks   markTables

	keepFile func(path string, list []heldOrder) error // nil: writeOrders
	probeOf  func(*conf.Checker) probe.Probe           // nil: farm
	keep     bool                                      // option -I
	events   chan []netif.Event
	reload   chan Reload
	dump     chan chan<- string
	asks     chan Ask
	ready    int
	cancel   context.CancelFunc
	done     chan error
}

// records are what scripts and FIFOs were told, as FIFO records. It takes the
// place of the hooks, and is looked at while the child waits.
type records struct {
	lines   []string
	scripts []string // the last arguments of the scripts, where there are some
}

func (r *records) use(*conf.Config)        {}
func (r *records) drain()                  {}
func (r *records) mail(alert)              {}
func (r *records) made() []notify.MadeFIFO { return nil }

func (r *records) tell(n notice) {
	r.lines = append(r.lines, strings.TrimSpace(n.record()))
	if c := n.command(); c != nil {
		r.scripts = append(r.scripts, c.Args[len(c.Args)-1])
	}
}

// take gives the records since the last time.
func (r *records) take() []string {
	got := r.lines
	r.lines = nil
	return got
}

func newBench(t *testing.T, config string) *bench {
	return &bench{
		t: t, cfg: parseConfig(t, config), kernel: ipvsfake.New(nil), store: &memory{}, farm: &farm{}, log: &journal{}, slots: 100000,
	}
}

// start runs the child until it waits.
func (b *bench) start() {
	b.startOutside()
	synctest.Wait()
}

// startOutside runs the child, outside of a bubble as well.
func (b *bench) startOutside() {
	ctx, cancel := context.WithCancel(b.t.Context())
	b.cancel = cancel
	b.events = make(chan []netif.Event)
	b.reload, b.dump, b.asks, b.done = make(chan Reload), make(chan chan<- string), make(chan Ask), make(chan error, 1)
	env := Env{
		Config: b.cfg, State: b.store, Reload: b.reload, Dump: b.dump, Ask: b.asks, Log: b.logger(),
		Keep: b.keep, Ready: func() { b.ready++ },
		Kernel: func() (ipvs.Kernel, error) {
			if b.absent.Load() {
				return nil, ipvs.ErrNoIPVS
			}
			return b.kernel, nil
		},
	}
	out := outside{
		probe:  b.farm.probe,
		random: func(limit time.Duration) time.Duration { return limit },
		slots:  func(int) int { return b.slots },
		tables: b.marks,
		hooks:  func([]notify.MadeFIFO) hooks { return &b.told },

		runScript: b.script,
		disk:      b.files.disk(),
		addresses: func(ctx context.Context, emit func([]netif.Event)) error {
			for {
				select {
				case events := <-b.events:
					emit(events)
				case <-ctx.Done():
					return nil
				}
			}
		},
	}
	if out.keepFile = b.keepFile; out.keepFile == nil {
		out.keepFile = writeOrders
	}
	if b.probeOf != nil {
		out.probe = b.probeOf
	}
	out.connect = b.connect
	if b.diskOf != nil {
		out.disk = *b.diskOf
	}
	go func() { b.done <- run(ctx, env, out) }()
}

func (b *bench) logger() *slog.Logger { return slog.New(b.log) }

// stop ends the child in order.
func (b *bench) stop() {
	b.t.Helper()
	b.cancel()
	if err := <-b.done; err != nil {
		b.t.Errorf("the child ended with %v", err)
	}
}

// crash ends the child as kill -9 does: the table and the state stay as they
// are.
func (b *bench) crash() {
	table, _ := b.kernel.Table()
	kept := b.store.Load()
	b.stop()
	b.kernel = ipvsfake.New(table)
	b.store = &memory{b: kept}
	b.log.take()
}

func (b *bench) switchTo(cfg *conf.Config) {
	b.t.Helper()
	done := make(chan error, 1)
	b.reload <- Reload{Config: cfg, Done: done}
	if err := <-done; err != nil {
		b.t.Errorf("reload: %v", err)
	}
	synctest.Wait()
}

func (b *bench) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (b *bench) wantTable(want string) {
	b.t.Helper()
	if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(b.kernel.String())); diff != "" {
		b.t.Errorf("table (-want +got):\n%s", diff)
	}
}

func (b *bench) wantOps(want ...string) {
	b.t.Helper()
	var got []string
	for _, op := range b.kernel.Ops() {
		got = append(got, op.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.t.Errorf("operations (-want +got):\n%s", diff)
	}
}

func (b *bench) wantLog(want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.log.take()); diff != "" {
		b.t.Errorf("log (-want +got):\n%s", diff)
	}
}

const two = `vs 10.9.0.1:80
rs 127.0.0.11:80 delay=4 retry=1 retrydelay=1 weight=2
rs 127.0.0.12:80 delay=4 weight=3`

const twoTable = `-A -t 10.9.0.1:80 -s rr
-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 2
-a -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 3`

// When the connections of checks fail altogether, the child ends, and leaves the table to its
// successor.
func TestConnectorFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.connect = func(context.Context) error {
			time.Sleep(time.Minute)
			return errors.New("no epoll")
		}
		b.start()
		b.kernel.Ops()
		err := <-b.done
		if !errors.Is(err, ErrBroken) || !strings.Contains(err.Error(), "no epoll") {
			t.Errorf("the child ended with %v", err)
		}
		b.wantTable(twoTable)
		b.cancel()
	})
}

func TestLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.start()
		if b.ready != 1 {
			t.Errorf("Ready was called %d times", b.ready)
		}
		b.wantTable(twoTable)
		b.wantLog(
			"Initializing ipvs",
			"Gained quorum 1+0=1 <= 5 for VS [10.9.0.1]:tcp:80",
			"debug: IPVS: 3 operations",
			"Activating healthchecker for service [127.0.0.11]:tcp:80 for VS [10.9.0.1]:tcp:80",
			"Activating healthchecker for service [127.0.0.12]:tcp:80 for VS [10.9.0.1]:tcp:80",
		)
		b.wait(999 * time.Millisecond)
		if n := b.farm.count("127.0.0.11"); n != 0 {
			t.Errorf("%d probes in the first second", n)
		}
		b.wait(time.Millisecond)
		both := b.log.take()
		slices.Sort(both) // they run at the same time
		want := []string{"TCP connection to [127.0.0.11]:tcp:80 success.", "TCP connection to [127.0.0.12]:tcp:80 success."}
		if diff := cmp.Diff(want, both); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
		b.kernel.Ops()

		b.farm.kill("127.0.0.11")
		b.wait(4 * time.Second)
		b.wantOps()
		b.wait(time.Second)
		b.wantOps("-d -t 10.9.0.1:80 -r 127.0.0.11:80")
		b.wantLog(
			"TCP_CHECK on service [127.0.0.11]:tcp:80 failed after 1 retries.",
			"Removing service [127.0.0.11]:tcp:80 from VS [10.9.0.1]:tcp:80",
			"debug: IPVS: 1 operation: -d -t 10.9.0.1:80 -r 127.0.0.11:80",
		)
		b.farm.revive("127.0.0.11")
		b.wait(4 * time.Second)
		b.wantOps("-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 2")
		b.log.take()

		b.stop()
		b.wantTable("")
		b.wantLog(
			"Shutting down service [127.0.0.11]:tcp:80 from VS [10.9.0.1]:tcp:80",
			"Shutting down service [127.0.0.12]:tcp:80 from VS [10.9.0.1]:tcp:80",
			"debug: IPVS: 1 operation: -D -t 10.9.0.1:80",
		)
		if !b.kernel.Closed() {
			t.Error("the kernel is still open")
		}
	})
}

func TestIntervals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, `vs 10.9.0.1:80
rs 127.0.0.11:80 delay=10 warmup=20
rs 127.0.0.12:80 delay=10 timeout=3`)
		b.farm.set(&b.farm.mute, "127.0.0.12", true)
		b.start()
		b.wait(20 * time.Second)
		if n := b.farm.count("127.0.0.11"); n != 0 {
			t.Errorf("%d probes before the warmup ended", n)
		}
		b.wait(time.Second + 60*time.Second)
		if n := b.farm.count("127.0.0.11"); n != 7 {
			t.Errorf("%d probes in 60 s every 10 s", n)
		}
		// From 1 s on each run takes 3 s and the pause of 10 s begins at its end.
		if n := b.farm.count("127.0.0.12"); n != 7 {
			t.Errorf("%d probes in 81 s every 13 s", n)
		}
		b.stop()
	})
}

func TestForeignServicesStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		foreign := ipvs.Entry{Service: service(parseConfig(t, "vs 10.9.0.77:80").VirtualServers[0])}
		b := newBench(t, two)
		b.kernel = ipvsfake.New(ipvs.Table{foreign})
		b.start()
		b.wantTable("-A -t 10.9.0.77:80 -s rr\n" + twoTable)
		b.switchTo(parseConfig(t, "vs 10.9.0.2:80"))
		b.wantTable("-A -t 10.9.0.77:80 -s rr\n-A -t 10.9.0.2:80 -s rr")
		b.stop()
		b.wantTable("-A -t 10.9.0.77:80 -s rr")
	})
}

func TestStartFixesWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		left := parseConfig(t, `vs 10.9.0.1:80 sched=wlc
rs 127.0.0.11:80 weight=2
rs 127.0.0.12:80 weight=9
rs 127.0.0.66:80`)
		r, _ := follow(&roster{}, left, saved{})
		b.kernel = ipvsfake.New(r.table())
		b.start()
		b.wantOps(
			"-E -t 10.9.0.1:80 -s rr",
			"-e -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 3",
			"-d -t 10.9.0.1:80 -r 127.0.0.66:80",
		)
		b.wantTable(twoTable)
		b.stop()
	})
}

func TestReloadOfOneWeightIsOneOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.farm.kill("127.0.0.11")
		b.start()
		b.wait(2 * time.Second)
		b.kernel.Ops()
		b.farm.count("127.0.0.12")
		b.log.take()
		b.switchTo(parseConfig(t, strings.ReplaceAll(two, "weight=3", "weight=30")))
		b.wantOps("-e -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 30")
		b.wantLog(
			"Reinitializing ipvs",
			"Changing weight from 3 to 30 for active service [127.0.0.12]:tcp:80 of VS [10.9.0.1]:tcp:80",
			"debug: IPVS: 1 operation: -e -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 30",
		)
		b.switchTo(parseConfig(t, strings.ReplaceAll(two, "weight=3", "weight=30")))
		b.wantOps()
		b.wait(3 * time.Second) // 5 s after the start, 4 s after the first run
		if n := b.farm.count("127.0.0.12"); n != 1 {
			t.Errorf("%d probes: the check's time was not kept", n)
		}
		b.stop()
	})
}

func TestReloadShortensTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80 delay=3600")
		b.start()
		b.wait(2 * time.Second)
		b.farm.count("127.0.0.11")
		b.switchTo(parseConfig(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80 delay=5"))
		b.wait(5 * time.Second)
		if n := b.farm.count("127.0.0.11"); n != 1 {
			t.Errorf("%d probes within the new delay", n)
		}
		b.stop()
	})
}

func TestResultOfRemovedCheckIsVoid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "vs 10.9.0.1:80\nrs 127.0.0.11:80 timeout=5\nrs 127.0.0.12:80")
		b.farm.set(&b.farm.mute, "127.0.0.11", true)
		b.start()
		b.wait(2 * time.Second) // a probe is in flight
		b.switchTo(parseConfig(t, "vs 10.9.0.1:80\nrs 127.0.0.12:80"))
		b.wait(10 * time.Second)
		b.wantTable("-A -t 10.9.0.1:80 -s rr\n-a -t 10.9.0.1:80 -r 127.0.0.12:80 -m -w 1")
		b.farm.count("127.0.0.11")
		b.wait(time.Minute)
		if n := b.farm.count("127.0.0.11"); n != 0 {
			t.Errorf("%d probes of a server that is gone", n)
		}
		b.stop()
	})
}

func TestCrashLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two+"\nvs 10.9.0.2:80 sorry=127.0.0.99:80\nrs 127.0.0.12:80")
		b.farm.kill("127.0.0.12")
		b.start()
		b.wait(3 * time.Second)
		want := `-A -t 10.9.0.1:80 -s rr
-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 2
-A -t 10.9.0.2:80 -s rr
-a -t 10.9.0.2:80 -r 127.0.0.99:80 -m -w 1`
		b.wantTable(want)
		b.crash()
		b.start()
		b.wantTable(want)
		b.wantOps()
		b.farm.kill("127.0.0.11")
		b.wait(1500 * time.Millisecond)
		b.wantOps() // not the first run of the check: a retry is left
		b.wait(time.Second)
		b.wantOps("-d -t 10.9.0.1:80 -r 127.0.0.11:80")
		b.stop()
		b.wantTable("")
	})
}

func TestCrashAndChangedConfig(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two+"\nvs 10.9.0.2:80\nrs 127.0.0.12:80")
		b.start()
		b.wait(2 * time.Second)
		b.crash()
		b.cfg = parseConfig(t, two)
		b.start()
		b.wantOps("-D -t 10.9.0.2:80")
		b.stop()
	})
}

func TestStopForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.farm.kill("127.0.0.12")
		b.start()
		b.wait(2 * time.Second)
		b.stop()
		b.start()
		b.wantTable(twoTable)
		b.stop()
	})
}

// TestStopWithKeep leaves everything in the table with option -I, and tells nobody, even
// with omega. The next daemon takes it over.
func TestStopWithKeep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.cfg.VirtualServers[0].Omega = true
		b.keep = true
		b.start()
		b.wait(2 * time.Second)
		b.log.take()
		b.told.take()
		b.stop()
		b.wantTable(twoTable)
		b.wantLog()
		if got := b.told.take(); len(got) > 0 {
			t.Errorf("told %q", got)
		}
		b.kernel.Ops()
		b.store = &memory{} // not of this life
		b.keep = false
		b.start()
		b.wantOps()
		b.stop()
		b.wantTable("")
		want := []string{
			"VS [10.9.0.1]:tcp:80 UP", "RS [127.0.0.11]:tcp:80 [10.9.0.1]:tcp:80 DOWN",
			"RS [127.0.0.12]:tcp:80 [10.9.0.1]:tcp:80 DOWN", "VS [10.9.0.1]:tcp:80 DOWN",
		}
		if diff := cmp.Diff(want, b.told.take()); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
	})
}

func TestUnreadableState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.store.b = []byte("{")
		b.start()
		if l := b.log.take(); !strings.HasPrefix(l[1], "error: the state of the previous checker process is not used: decode state: ") {
			t.Errorf("log: %q", l)
		}
		b.wantTable(twoTable)
		b.stop()
	})
}

func TestNoIPVS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.absent.Store(true)
		b.farm.kill("127.0.0.12")
		b.start()
		if b.ready != 1 {
			t.Error("not ready")
		}
		b.wait(5 * time.Minute)
		var trouble []string
		for _, l := range b.log.take() {
			if strings.HasPrefix(l, "error: ") {
				trouble = append(trouble, l)
			}
		}
		if diff := cmp.Diff([]string{"error: IPVS: " + ipvs.ErrNoIPVS.Error()}, trouble); diff != "" {
			t.Errorf("errors in 5 minutes (-want +got):\n%s", diff)
		}
		if n := b.farm.count("127.0.0.11"); n < 70 {
			t.Errorf("%d probes in 5 minutes every 4 s", n)
		}
		b.absent.Store(false)
		b.wait(lastRepair)
		b.wantTable("-A -t 10.9.0.1:80 -s rr\n-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 2")
		b.wantLog("debug: IPVS: 2 operations", "IPVS: the table is as wanted again")
		b.stop()
	})
}

func TestNoVirtualServersNeedNoIPVS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "")
		b.absent.Store(true)
		b.start()
		b.wait(time.Minute)
		b.stop()
		b.wantLog("Initializing ipvs")
	})
}

func TestRepair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.start()
		b.wait(2 * time.Second)
		b.log.take()
		b.kernel.Break(errors.New("no memory"))
		b.farm.kill("127.0.0.12")
		b.wait(3 * time.Second)
		b.wantLog(
			"TCP_CHECK on service [127.0.0.12]:tcp:80 failed.",
			"Removing service [127.0.0.12]:tcp:80 from VS [10.9.0.1]:tcp:80",
			"debug: IPVS: 1 operation: -d -t 10.9.0.1:80 -r 127.0.0.12:80",
			"error: IPVS: -d -t 10.9.0.1:80 -r 127.0.0.12:80: no memory",
		)
		b.wait(2 * time.Second)
		b.wantLog("error: IPVS: no memory")
		b.kernel.Break(nil)
		b.wait(lastRepair)
		b.wantTable("-A -t 10.9.0.1:80 -s rr\n-a -t 10.9.0.1:80 -r 127.0.0.11:80 -m -w 2")
		b.wantLog("debug: IPVS: 1 operation: -d -t 10.9.0.1:80 -r 127.0.0.12:80", "IPVS: the table is as wanted again")
		b.stop()
	})
}

func TestReloadRepairsDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.start()
		b.wait(2 * time.Second)
		table, _ := b.kernel.Table()
		if err := errors.Join(b.kernel.Apply(ipvs.Plan(table, nil))...); err != nil {
			t.Fatal(err)
		}
		b.switchTo(parseConfig(t, two))
		b.wantTable(twoTable)
		b.stop()
	})
}

func TestDump(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "vs 10.9.0.1:80 sorry=127.0.0.99:80\nrs 127.0.0.11:80 retry=1\nrs 127.0.0.12:80")
		b.farm.kill("127.0.0.12")
		b.start()
		b.wait(3 * time.Second)
		text := make(chan string, 1)
		b.dump <- text
		want, err := os.ReadFile("testdata/dump.golden")
		if err != nil {
			t.Fatal(err)
		}
		got := <-text
		if *update {
			if err := os.WriteFile("testdata/dump.golden", []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("dump (-want +got):\n%s", diff)
		}
		b.stop()
	})
}

func TestDumpGivesUpAtStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.start()
		b.dump <- make(chan string) // nobody receives
		b.stop()
	})
}

func TestClosedChannels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.start()
		close(b.reload)
		close(b.dump)
		b.wait(5 * time.Second)
		if n := b.farm.count("127.0.0.11"); n != 2 {
			t.Errorf("%d probes", n)
		}
		b.stop()
	})
}

func TestSaveErrorIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, two)
		b.store.err = errors.New("disk full")
		b.start()
		l := b.log.take()
		if got := l[len(l)-1]; got != "error: save the checker's state: disk full" {
			t.Errorf("last line: %q", got)
		}
		b.stop()
	})
}
