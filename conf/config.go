// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"log/slog"
	"net/netip"
	"time"
)

// Config is one loaded keepalived.conf with every default filled in and every
// cross-check done. It is immutable: a reload makes a new one.
type Config struct {
	Global         Global
	Scripts        []*Script // vrrp_script blocks, in file order
	Instances      []*Instance
	ServerGroups   []*ServerGroup // virtual_server_group blocks, in file order
	VirtualServers []*VirtualServer
	SSL            *SSL // of the SSL_GET checks; nil: none
}

// Global is global_defs.
type Global struct {
	RouterID              string
	NotificationEmail     []string
	NotificationEmailFrom string
	SMTPServer            string // host or host:port as written; empty: none
	SMTPHelo              string
	SMTPTimeout           time.Duration
	SMTPAlert             bool
	EnableScriptSecurity  bool
	ScriptUser            string // empty: keepalived_script if it exists, else root
	ScriptGroup           string
	ScriptUserPos         Pos // of script_user
	VRRPVersion           int // default for IPv4 instances: 2 or 3
	VRRPRealtime          int // SCHED_RR priority of the vrrp child, 1-99; 0 turns it off
}

// Script is one vrrp_script.
type Script struct {
	Name     string
	Pos      Pos
	Command  Command
	Interval time.Duration // launch to launch
	Timeout  time.Duration
	Weight   int // -253..253; 0: failure is a fault
	Rise     int // successes in a row before up
	Fall     int // failures in a row before down
	InitFail bool
}

// Command is a program to run: never through a shell.
type Command struct {
	Args  []string // Args[0] is the path or a bare name for the PATH search
	User  string   // empty: the default script user
	Group string
	Pos   Pos
}

// Secret is a password. It is masked wherever it might be printed.
type Secret string

// String masks the secret.
func (s Secret) String() string { return "********" }

// GoString masks the secret.
func (s Secret) GoString() string { return "********" }

// LogValue masks the secret in log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue("********") }

// MarshalText masks the secret in JSON and text encodings.
func (s Secret) MarshalText() ([]byte, error) { return []byte("********"), nil }

// AuthType is the authentication type of a VRRPv2 advert (RFC 2338 section 5.3.6).
type AuthType uint8

// The authentication types that are implemented.
const (
	AuthNone AuthType = 0
	AuthPass AuthType = 1
)

// Instance is one vrrp_instance.
type Instance struct {
	Name         string
	Pos          Pos
	WantState    string // "MASTER" or "BACKUP": the configured initial state
	Interface    string
	InterfacePos Pos
	VRID         uint8
	Priority     uint8 // 255: address owner
	AdvertInt    time.Duration
	Version      int // 2 or 3

	Source    netip.Addr // mcast_src_ip or unicast_src_ip; zero: the interface's primary address
	Peers     []netip.Addr
	Multicast netip.Addr // destination group when there are no Peers

	VIPs         []Address
	ExcludedVIPs []Address

	AuthType AuthType
	AuthPass Secret // at most 8 bytes

	NoPreempt        bool
	PreemptDelay     time.Duration
	DownTimerAdverts int

	GARP         GARP
	TrackScripts []TrackScript

	NotifyMaster *Command
	NotifyBackup *Command
	NotifyFault  *Command
	NotifyStop   *Command
	Notify       *Command
	SMTPAlert    bool
}

// Unicast says whether adverts go to peers and not to a group.
func (i *Instance) Unicast() bool { return len(i.Peers) > 0 }

// Owner says whether the instance owns its addresses (RFC 5798 section 1.6).
func (i *Instance) Owner() bool { return i.Priority == 255 }

// Address is one virtual_ipaddress entry.
type Address struct {
	Prefix    netip.Prefix
	Dev       string // empty: the instance's interface
	Label     string
	Scope     int        // rtnetlink scope, 0 is global
	Broadcast netip.Addr // zero: none
	Pos       Pos
}

// TrackScript is one line of track_script.
type TrackScript struct {
	Script *Script
	Weight int // of the entry, or of the script when the entry has none
}

// GARP says how often gratuitous ARP is sent.
type GARP struct {
	MasterDelay         time.Duration // before the second set; 0: no second set
	MasterRepeat        int           // rounds in a set, at least 1
	MasterRefresh       time.Duration // between periodic sets; 0: none
	MasterRefreshRepeat int
	LowerPrioDelay      time.Duration
	LowerPrioRepeat     int // 0: none
}
