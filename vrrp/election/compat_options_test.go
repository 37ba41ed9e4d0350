// SPDX-License-Identifier: Apache-2.0

package election

import (
	"net/netip"
	"testing"
	"time"
)

// TestHigherPrioSendAdvert: one more advert, then the usual.
func TestHigherPrioSendAdvert(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.HigherPrioSendAdvert = true
	masterRig(t, p).hear(lower, 150).want(
		"advert 100",
		"Master received advert from 10.0.0.2 with higher priority 150, ours 100",
		"MASTER -> BACKUP prio 100",
		"remove addresses",
	)
	masterRig(t, p).hear(higher, 100).wantDone("advert 100").wantState(Backup)
	masterRig(t, p).hear(lower, 50).wantState(Master)
	if n := masterRig(t, p).hear(lower, 50).count("advert 100"); n != 1 {
		t.Errorf("%d adverts answer a lower priority", n)
	}
}

// TestLowerPrioNoAdvert: the line has no suffix, nothing is sent, the schedule stays, and
// the announcements and the hook come all the same.
func TestLowerPrioNoAdvert(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.LowerPrioNoAdvert = true
	r := masterRig(t, p).wait(600*time.Millisecond).hear(lower, 50)
	r.want(
		"Received advert from 10.0.0.2 with lower priority 50, ours 100",
		"announce 5",
		"hook MASTER_RX_LOWER_PRI 100",
	).wantIn(400 * time.Millisecond)
}

// TestLowerPrioNoAdvertHearsZero: a master that leaves is answered nevertheless.
func TestLowerPrioNoAdvertHearsZero(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.LowerPrioNoAdvert = true
	masterRig(t, p).hear(lower, 0).wantDone("advert 100")
}

// TestStrict is what strict mode makes of the options: no answer and no announcement for a
// lower priority.
func TestStrict(t *testing.T) {
	t.Parallel()
	p := defaultParams(3, 100)
	p.LowerPrioNoAdvert, p.Announce.LowerRepeat, p.Announce.LowerDelay = true, 0, 0
	masterRig(t, p).hear(lower, 50).want(
		"Received advert from 10.0.0.2 with lower priority 50, ours 100",
		"hook MASTER_RX_LOWER_PRI 100",
	)
}

// TestMasterRxLowerPri: the hook hears of every such advert, with our priority.
func TestMasterRxLowerPri(t *testing.T) {
	t.Parallel()
	r := masterRig(t, defaultParams(2, 100)).step(Facts{Source: ours, Delta: 20})
	for range 3 {
		r.wait(second).hear(lower, 50).wantDone("hook MASTER_RX_LOWER_PRI 120")
	}
	r.wait(second).hear(lower, 0).wantNot("hook MASTER_RX_LOWER_PRI 120")
	backupRig(t, defaultParams(2, 100)).hear(lower, 50).wantNot("hook MASTER_RX_LOWER_PRI 100")
}

// TestPriorityChange: the hook hears of a change, at the start too, but not of one that the
// end of a fault reports.
func TestPriorityChange(t *testing.T) {
	t.Parallel()
	r := newRig(t, defaultParams(2, 100)).step(Facts{Source: ours, Delta: 5}).step(Start{})
	r.wantDone("hook BACKUP_PRIORITY 105")
	r.step(Facts{Source: ours, Delta: -20}).wantDone("hook BACKUP_PRIORITY 80")
	r.wait(4 * second).wantState(Master)
	r.step(Facts{Source: ours, Delta: 300}).wantDone("hook MASTER_PRIORITY 254")
	r.step(Facts{Source: ours, Delta: 300}).want()
	r.step(Facts{Faults: FaultScript}).wantState(FaultState)
	r.step(Facts{Faults: FaultScript, Delta: 3}).want()
	r.step(Facts{Source: ours, Delta: 10}).want("Setting effective priority to 110", "FAULT -> BACKUP prio 110")
	r.step(Facts{Source: ours}).want("Changing effective priority from 110 to 100", "hook BACKUP_PRIORITY 100")
}

// TestUnicastAnnouncesSource when a fault is over, for the peers' neighbour tables.
func TestUnicastAnnouncesSource(t *testing.T) {
	t.Parallel()
	p := defaultParams(2, 100)
	p.Unicast = true
	r := backupRig(t, p).step(Facts{Faults: FaultLink})
	r.step(Facts{Source: ours}).want("FAULT -> BACKUP prio 100", "announce source")
	backupRig(t, p).wait(4*second).hear(lower, 200).wantState(Backup).wantNot("announce source")
	r = backupRig(t, defaultParams(2, 100)).step(Facts{Faults: FaultLink})
	r.step(Facts{Source: ours}).wantNot("announce source")
}

// TestDelete is a stop with another name.
func TestDelete(t *testing.T) {
	t.Parallel()
	masterRig(t, defaultParams(2, 100)).step(Delete{}).want(
		"advert 0", "sent 0 priority -D", "remove addresses", "MASTER -> DELETED prio 100",
	)
	r := backupRig(t, defaultParams(2, 100)).step(Delete{}).want("BACKUP -> DELETED prio 100")
	r.step(Stop{}).want().hear(lower, 0).want().wait(time.Hour).want()
}

// TestHeard: the dump names the master.
func TestHeard(t *testing.T) {
	t.Parallel()
	r := backupRig(t, defaultParams(2, 100)).hear(lower, 200)
	wantHeard := func(from netip.Addr, priority uint8) {
		t.Helper()
		if a, p := r.m.Heard(); a != from || p != priority {
			t.Errorf("heard %v with %d, want %v with %d", a, p, from, priority)
		}
	}
	wantHeard(lower, 200)
	r.hear(lower, 150)
	wantHeard(lower, 150)
	r.wait(4 * second).wantState(Master)
	wantHeard(netip.Addr{}, 0)
	r.hear(higher, 254)
	wantHeard(higher, 254)
}

// TestIPv6: link-local addresses compare as numbers, whatever link they were heard on.
func TestIPv6(t *testing.T) {
	t.Parallel()
	own := netip.MustParseAddr("fe80::5%eth0")
	rig := func() *rig {
		r := newRig(t, defaultParams(3, 100)).step(Facts{Source: own}).step(Start{})
		return r.wait(4 * second).wantState(Master)
	}
	rig().hear(netip.MustParseAddr("fe80::4%eth9"), 100).wantState(Master)
	rig().hear(netip.MustParseAddr("fe80::6%eth0"), 100).wantState(Backup)
	rig().hear(netip.MustParseAddr("fe80::5%eth1"), 100).
		want("WARNING - equal priority advert received from fe80::5, which is our own address")
}
