// SPDX-License-Identifier: Apache-2.0

package election

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// logger is a rig that keeps the log as the child writes it with -D.
type logger struct {
	*rig
	lines  []string
	detail bool
}

func newLogger(t *testing.T, p Params, detail bool) *logger {
	return &logger{rig: newRig(t, p), detail: detail}
}

func (l *logger) say(text string, detail bool) {
	if text != "" && (l.detail || !detail) {
		l.lines = append(l.lines, text)
	}
}

// act writes the lines of actions, with one virtual address on eth0.
func (l *logger) act(acts []Action) {
	const name = "VI_1"
	for _, a := range acts {
		switch a := a.(type) {
		case Transition:
			l.say(a.Line(name))
		case Log:
			l.say(a.Line(name))
		case AddAddresses:
			l.say("("+name+") setting VIPs.", true)
		case RemoveAddresses:
			l.say("("+name+") removing VIPs.", true)
		case Announce:
			l.say(fmt.Sprintf("(%s) Sending/queueing gratuitous ARPs on eth0 for %s", name, vip), true)
			l.say(fmt.Sprintf("Sending gratuitous ARP on eth0 for %s", vip), true)
		}
	}
}

func (l *logger) do(events ...Event) *logger {
	for _, ev := range events {
		l.act(l.m.Step(l.now, ev))
	}
	return l
}

func (l *logger) pass(d time.Duration) *logger {
	end := l.now.Add(d)
	for next := l.m.Deadline(); !next.IsZero() && !next.After(end); next = l.m.Deadline() {
		l.now = next
		l.do(Wake{})
	}
	l.now = end
	return l
}

// wantLog compares with a recorded log; five equal frames of a set stand as one line.
func (l *logger) wantLog(recorded string) {
	l.t.Helper()
	recorded = strings.ReplaceAll(strings.TrimSpace(recorded), " [x5]", "")
	if diff := gocmp.Diff(strings.Split(recorded, "\n"), l.lines); diff != "" {
		l.t.Errorf("log (-recorded +ours):\n%s", diff)
	}
}

// peer is an advert of the neighbour in the recordings.
func peer(priority uint8) Advert {
	return Advert{From: netip.MustParseAddr("10.0.0.2"), Priority: priority, Interval: second}
}

// The logs in these tests were recorded with keepalived -D (2.4.3 where the versions differ).

func TestLogStartToMaster(t *testing.T) {
	t.Parallel()
	newLogger(t, defaultParams(2, 100), true).do(Start{}).pass(10 * second).do(Stop{}).wantLog(`
(VI_1) removing VIPs.
(VI_1) Entering BACKUP STATE (init)
(VI_1) Receive advertisement timeout
(VI_1) Entering MASTER STATE
(VI_1) setting VIPs.
(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.100
Sending gratuitous ARP on eth0 for 10.0.0.100 [x5]
(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.100
Sending gratuitous ARP on eth0 for 10.0.0.100 [x5]
(VI_1) sent 0 priority
(VI_1) removing VIPs.`)
}

func TestLogStartWithoutDetail(t *testing.T) {
	t.Parallel()
	newLogger(t, defaultParams(2, 100), false).do(Start{}).pass(10 * second).do(Stop{}).wantLog(`
(VI_1) Entering BACKUP STATE (init)
(VI_1) Entering MASTER STATE`)
}

// TestLogWithoutDetail: what adverts cause stays, unless it is ordinary business.
func TestLogWithoutDetail(t *testing.T) {
	t.Parallel()
	p := defaultParams(3, 100)
	p.PreemptDelay = second
	l := newLogger(t, p, false).do(Start{})
	l.do(Advert{From: lower, Priority: 200, Interval: 2 * second}, peer(0)).pass(4 * second)
	l.do(peer(0)).pass(AnswerSpacing).do(peer(50), peer(150)).pass(time.Hour)
	l.wantLog(`
(VI_1) Entering BACKUP STATE (init)
(VI_1) Entering MASTER STATE
(VI_1) Received advert from 10.0.0.2 with lower priority 50, ours 100, forcing new election
(VI_1) Master received advert from 10.0.0.2 with higher priority 150, ours 100
(VI_1) Entering BACKUP STATE
(VI_1) Entering MASTER STATE`)
}

func TestLogStartOwner(t *testing.T) {
	t.Parallel()
	newLogger(t, defaultParams(2, 255), true).do(Start{}).do(Stop{}).wantLog(`
(VI_1) removing VIPs.
(VI_1) Receive advertisement timeout
(VI_1) Entering MASTER STATE
(VI_1) setting VIPs.
(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.100
Sending gratuitous ARP on eth0 for 10.0.0.100 [x5]
(VI_1) sent 0 priority
(VI_1) removing VIPs.`)
}

func TestLogPriorityZeroVersion3(t *testing.T) {
	t.Parallel()
	p := defaultParams(3, 100)
	p.AdvertInt = 500 * time.Millisecond
	l := newLogger(t, p, true).do(Start{})
	l.do(Advert{From: lower, Priority: 200, Interval: 2 * second}, Advert{From: lower, Priority: 200, Interval: 2 * second})
	l.do(Advert{From: lower, Interval: 2 * second}).pass(2 * second).wantLog(`
(VI_1) removing VIPs.
(VI_1) Entering BACKUP STATE (init)
(VI_1) master set to 10.0.0.2
(VI_1) advertisement interval updated from 500ms to 2000ms by master
(VI_1) Backup received priority 0 advertisement
(VI_1) Receive advertisement timeout
(VI_1) Entering MASTER STATE
(VI_1) changing advert interval from 2000ms to locally configured 500ms
(VI_1) setting VIPs.
(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.100
Sending gratuitous ARP on eth0 for 10.0.0.100 [x5]`)
}

func TestLogPreemptDelay(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.PreemptDelay = 5 * second
	l := newLogger(t, p, true).do(Start{}).pass(500 * time.Millisecond)
	for range 8 {
		l.do(peer(50)).pass(second)
	}
	l.do(peer(50)).wantLog(`
(VI_1) removing VIPs.
(VI_1) Entering BACKUP STATE (init)
(VI_1) master set to 10.0.0.2
(VI_1) start preempt delay (5.000000)
(VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
(VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
(VI_1) received lower priority (50) advert from 10.0.0.2 - discarding
(VI_1) Receive advertisement timeout
(VI_1) Entering MASTER STATE
(VI_1) setting VIPs.
(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.100
Sending gratuitous ARP on eth0 for 10.0.0.100 [x5]
(VI_1) Received advert from 10.0.0.2 with lower priority 50, ours 100, forcing new election
(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.100
Sending gratuitous ARP on eth0 for 10.0.0.100 [x5]`)
}

func TestLogYields(t *testing.T) {
	t.Parallel()
	l := newLogger(t, defaultParams(2, 100), true).do(Start{}).pass(4 * second)
	l.lines = nil
	l.do(peer(200), peer(200)).wantLog(`
(VI_1) Master received advert from 10.0.0.2 with higher priority 200, ours 100
(VI_1) Entering BACKUP STATE
(VI_1) removing VIPs.`)

	l.pass(4 * second).do(Facts{Source: netip.MustParseAddr("10.0.0.1")})
	l.lines = nil
	l.do(peer(100), peer(100)).wantLog(`
(VI_1) Master received advert from 10.0.0.2 with same priority 100 but higher IP address than ours
(VI_1) Entering BACKUP STATE
(VI_1) removing VIPs.`)
}

func TestLogFault(t *testing.T) {
	t.Parallel()
	l := newLogger(t, defaultParams(2, 100), true).do(Start{}).pass(4 * second)
	l.lines = nil
	l.say("Netlink reports eth0 down", false)
	l.do(Facts{Faults: FaultLink})
	l.say("Netlink reports eth0 up", false)
	l.do(Facts{}).wantLog(`
Netlink reports eth0 down
(VI_1) Entering FAULT STATE
(VI_1) sent 0 priority
(VI_1) removing VIPs.
Netlink reports eth0 up
(VI_1) Entering BACKUP STATE`)
}

func TestLogPriorities(t *testing.T) {
	t.Parallel()
	l := newLogger(t, defaultParams(2, 100), true).do(Start{})
	l.lines = nil
	l.do(Facts{Delta: 5}, Facts{Delta: -20}).pass(4 * second)
	l.do(Facts{Delta: 253}, Facts{Delta: 0, Faults: FaultScript}, Facts{Delta: 10}, Facts{}).wantLog(`
(VI_1) Changing effective priority from 100 to 105
(VI_1) Changing effective priority from 105 to 80
(VI_1) Receive advertisement timeout
(VI_1) Entering MASTER STATE
(VI_1) setting VIPs.
(VI_1) Sending/queueing gratuitous ARPs on eth0 for 10.0.0.100
Sending gratuitous ARP on eth0 for 10.0.0.100 [x5]
(VI_1) Changing effective priority from 80 to 254
(VI_1) Entering FAULT STATE
(VI_1) sent 0 priority
(VI_1) removing VIPs.
(VI_1) Setting effective priority to 110
(VI_1) Entering BACKUP STATE
(VI_1) Changing effective priority from 110 to 100`)
}

func TestLogTwoOwners(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 255)
	p.Announce.Delay, p.Announce.LowerRepeat = 0, 0
	l := newLogger(t, p, true).do(Start{}).pass(second)
	l.lines = nil
	l.do(peer(255)).pass(second).do(peer(255)).pass(3 * second).wantLog(`
(VI_1) CONFIGURATION ERROR: local instance and 10.0.0.2 are both configured as address owner, please resolve
(VI_1) Received advert from 10.0.0.2 with lower priority 255, ours 255, forcing new election
(VI_1) Received advert from 10.0.0.2 with lower priority 255, ours 255, forcing new election
(VI_1): rogue address owner appears to have stopped advertising`)
}

// TestLogCodes: every code has a text of its own, with and without a sender.
func TestLogCodes(t *testing.T) {
	t.Parallel()
	withSender := map[LogCode]bool{
		LogBackupZero: true, LogMasterZero: true, LogMasterSet: true, LogDiscardLower: true, LogYieldHigher: true,
		LogYieldAddress: true, LogForceElection: true, LogOwnAddress: true, LogTwoOwners: true, LogLowerUnanswered: true,
	}
	seen := map[string]LogCode{}
	for code := LogTimeout; code <= LogLate; code++ {
		l := Log{Code: code}
		if withSender[code] {
			l.From = lower
		}
		text, _ := l.Line("I")
		if other, twice := seen[text]; twice || strings.Contains(text, "unnamed") {
			t.Errorf("codes %d and %d: %q", other, code, text)
		}
		seen[text] = code
	}
	for _, l := range []Log{{Code: 99}, {Code: 99, From: lower}} {
		if text, detail := l.Line("I"); text != "(I) unnamed event 99" || !detail {
			t.Errorf("unknown code: %q, %v", text, detail)
		}
	}
}

// TestTransitionsWithoutLine are those that the parent speaks of, or nobody.
func TestTransitionsWithoutLine(t *testing.T) {
	t.Parallel()
	if text, _ := (Transition{From: Master, To: Stopped}).Line("I"); text != "" {
		t.Errorf("stop: %q", text)
	}
}

// TestLogFaultAtStart is the line after the reasons, which the shell knows.
func TestLogFaultAtStart(t *testing.T) {
	t.Parallel()
	l := newLogger(t, defaultParams(2, 100), false).do(Facts{Faults: FaultLink}, Start{})
	l.wantLog("(VI_1) entering FAULT state")
}
