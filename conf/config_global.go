// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"time"
)

// Global is global_defs, and the keywords at the top that are like it.
type Global struct {
	RouterID              string
	NotificationEmail     []string
	NotificationEmailFrom string
	SMTPServer            string // host or host:port as written; empty: none
	SMTPHelo              string
	SMTPTimeout           time.Duration
	SMTPAlert             bool
	SMTPAlertVRRP         bool // default of smtp_alert in vrrp_instance
	SMTPAlertChecker      bool // default of smtp_alert in virtual_server and real_server
	NoEmailFaults         bool
	NoCheckerEmails       bool
	EnableScriptSecurity  bool
	ScriptUser            string // empty: keepalived_script if it exists, else root
	ScriptGroup           string
	ScriptUserPos         Pos // of script_user
	ScriptSupplementary   bool
	VRRPVersion           int // default for IPv4 instances: 2 or 3
	VRRPRealtime          int // SCHED_RR priority of the vrrp child, 1-99; 0 turns it off

	Daemon   Daemon
	VRRP     GlobalVRRP
	Checker  GlobalChecker
	Firewall Firewall
	FIFOs    FIFOs
	SNMP     SNMP
	DBus     DBus
}

// Daemon is what concerns the processes and files of the daemon.
type Daemon struct {
	Instance            string // name in pid files and the log
	NetNamespace        string
	IPVSNamespace       *string // nil: that of the daemon; empty: the default one
	NamespaceWithIPSets bool
	UsePIDDir           bool
	ChildWaitTime       time.Duration
	LinkbeatUsePolling  bool

	ProcessNames   bool // the standard names
	ProcessName    string
	VRRPProcess    Process
	CheckerProcess Process
	BFDProcess     Process

	UseSymlinkPaths       bool
	SetSupplementary      bool // set_supplementary_groups
	Umask                 *int
	StartupScript         *Command
	StartupTimeout        time.Duration
	ShutdownScript        *Command
	ShutdownTimeout       time.Duration
	MaxAutoPriority       int // -1: off, without a word of it; 0: off
	MinAutoPriorityDelay  time.Duration
	DynamicInterfaces     bool
	AllowIfChanges        bool
	DefaultInterface      string
	ProcessMonitorRcvBufs RcvBufs

	ReloadCheckConfig  bool
	ReloadCheckLog     string
	ReloadTimeFile     string
	ReloadRepeat       bool
	ReloadFile         *string // empty: the default name
	IncludeCheck       string
	ConfigSaveDir      string
	TmpConfigDirectory string
	RandomSeed         *uint32
	DataUseInstance    bool
	JSONVersion        int
	IPRouteUsrDir      string
	IPRouteEtcDir      string
	StateDumpFile      string
	StatsDumpFile      string
	JSONDumpFile       string
}

// Process is how one child process is run.
type Process struct {
	Name         string // at most 15 characters; empty: the standard one
	Nice         int    // -20 to 19
	NoSwap       bool
	Realtime     int   // SCHED_RR priority 1-99; 0: not set
	CPUs         []int // empty: all
	RTTime       time.Duration
	NetlinkCmd   RcvBufs
	NetlinkWatch RcvBufs // of the socket that listens for changes
}

// RcvBufs is the receive buffer of a socket.
type RcvBufs struct {
	Bytes int64 // 0: that of the system
	Force bool  // beyond the system's limit
}

// GlobalVRRP are the defaults of all vrrp_instance blocks and what they share.
type GlobalVRRP struct {
	Group4, Group6        netip.Addr
	Strict                bool
	CheckUnicastSrc       bool
	SkipCheckAdvAddr      bool
	V3ChecksumAsV2        bool
	LowerPrioNoAdvert     bool
	HigherPrioSendAdvert  bool
	OwnerIgnoreAdverts    bool
	GARPSpacing           time.Duration // vrrp_garp_interval
	NASpacing             time.Duration // vrrp_gna_interval
	MinGARP               bool
	NotifyPriorityChanges bool
	StatesOnReload        bool // fifo_write_vrrp_states_on_reload
	DisableLocalIGMP      bool
	StartupDelay          time.Duration
	DelayAfterBoot        time.Duration
	LogUnknownVRIDs       bool
	VMACPrefix            string
	VMACAddrPrefix        string
	RxBufsMTU             bool
	RxBufsAdvert          bool
	RxBufsBytes           int64
	RxBufsMultiplier      int64
	StateFile             string // instance_state_file, for which instances rest; "": none
}

// GlobalChecker are the settings of the checkers and of IPVS.
type GlobalChecker struct {
	LogAllFailures bool
	InitNotifies   bool   // rs_init_notifies
	SharedProbes   bool   // shared_probes
	StateFile      string // server_state_file, for what operators want of real servers; "": none
	Flush          bool
	FlushOnStop    string // "": no; "all", "VS"
	TCPTimeout     *time.Duration
	TCPFinTimeout  *time.Duration
	UDPTimeout     *time.Duration
	SyncDaemon     *SyncDaemon
}

// SyncDaemon is lvs_sync_daemon.
type SyncDaemon struct {
	Pos       Pos
	Interface string
	Instance  string // whose state it follows
	ID        *int   // nil: the VRID
	MaxLen    int
	Port      uint16
	TTL       int
	Group     netip.Addr
}

// Firewall is what filters packets to the VIPs.
type Firewall struct {
	IPTables         *Chains
	IPTablesPos      Pos      // of the first of vrrp_iptables and vrrp_ipsets; zero: neither is given
	IPSets           []string // names of the sets; nil: none were asked for
	NFTables         string   // name of the table; empty: not asked for
	NFTablesPriority int
	NFTablesIfIndex  bool
	NFTablesCounters bool
	IPVSTable        string
	IPVSPriority     int
	IPVSFirstMark    uint32
}

// Chains are the chains of vrrp_iptables.
type Chains struct{ In, Out string }

// FIFOs are the pipes that state changes are written to.
type FIFOs struct{ All, VRRP, Checker FIFO }

// FIFO is one pipe and the program that reads it.
type FIFO struct {
	Path   string // empty: none
	User   string
	Group  string
	Script *Command
}

// SNMP is what is told to an SNMP agent.
type SNMP struct {
	Socket     string
	Traps      bool
	VRRP       bool
	RFCv2      bool
	RFCv3      bool
	Checker    bool
	VSInterval time.Duration
	RSInterval time.Duration
}

// DBus is the D-Bus interface.
type DBus struct {
	Enabled     bool
	ServiceName string
	NoInterface string // path element of an instance without an interface
}
