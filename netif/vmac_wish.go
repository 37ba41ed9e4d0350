// SPDX-License-Identifier: Apache-2.0

package netif

import "net/netip"

// LinkMemory is what a successor needs to know to undo what was done.
type LinkMemory struct {
	Links   map[string]int `json:"links,omitempty"` // index by key
	Sysctls []Sysctl       `json:"sysctls,omitempty"`
}

// LinkWish is what there is to be, all of it.
type LinkWish struct {
	Links   []Virtual
	Sysctls []LinkSysctl
	VIPs    map[netip.Addr]bool // addresses that are nobody's own
}

// LinkSysctl is a setting that is wanted besides those that virtual links need. Equal ones
// of several owners are one.
type LinkSysctl struct {
	Link  string // its name; empty: Path has no *
	Path  string
	Value int
}

// PromoteSecondaries is the setting that keeps the secondary addresses of a link when its
// primary goes.
func PromoteSecondaries(link string) LinkSysctl {
	return LinkSysctl{Link: link, Path: promoteSecondaries, Value: 1}
}

// NoLocalIGMP is the setting that turns off the kernel's reports for 224.0.0.0/24.
func NoLocalIGMP() LinkSysctl { return LinkSysctl{Path: igmpReports, Value: 0} }

// LinkChangeKind says what was done.
type LinkChangeKind uint8

// What Links does.
const (
	LinkMade LinkChangeKind = iota
	LinkFound
	LinkDeleted
	LinkMoved // to another VRF
)

// LinkDone is one thing that was done, or (Err) failed.
type LinkDone struct {
	Kind  LinkChangeKind
	Owner string // of the Virtual; empty: it is wished no more
	Key   string
	Name  string
	Err   error

	IPVLAN bool
}

// LinkReport says what a Set did.
type LinkReport struct {
	At       map[string]int // indices of the links that are there, by key
	Done     []LinkDone
	Changed  []SysctlChange
	Restored []SysctlChange
	Err      error // nothing could be done

	// Blind says that Watch does not tell of all settings.
	Blind bool

	// More says that so many links are to go that only some of them went, and nothing else
	// was done: Set is to be called again.
	More bool
}
