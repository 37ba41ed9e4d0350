// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"time"
)

// AuthType is the authentication type of a VRRPv2 advert (RFC 2338 section 5.3.6).
type AuthType uint8

// The authentication types.
const (
	AuthNone AuthType = 0
	AuthPass AuthType = 1
	AuthAH   AuthType = 2
)

// Instance is one vrrp_instance.
type Instance struct {
	Name         string
	Pos          Pos
	WantState    string // "MASTER" or "BACKUP": the configured initial state
	Interface    string // empty: unicast without an interface
	InterfacePos Pos
	VRF          string
	VRID         uint8
	Priority     uint8 // 255: address owner
	AdvertInt    time.Duration
	Family       Family
	Version      int // 2 or 3
	Strict       bool

	Source    netip.Addr // mcast_src_ip or unicast_src_ip; zero: the interface's primary address
	Peers     []netip.Addr
	PeerTTLs  []TTLRange // one for each of Peers
	Multicast netip.Addr // destination group when there are no Peers
	// FaultNoPeer keeps an instance without peers in FAULT, instead of multicast.
	FaultNoPeer         bool
	CheckUnicastSrc     bool
	UnicastTTL          *uint8 // nil: 255, for IPv6 that of the kernel
	OldUnicastChecksum  Checksum
	V3ChecksumAsV2      bool
	SkipCheckAdvAddr    bool
	KernelRxBufSize     int // 0: by vrrp_rx_bufs_policy
	VMAC                *VMAC
	IPVLAN              *IPVLAN
	UseVMACAddr         bool
	VMACXmitBase        bool
	PromoteSecondaries  bool
	LinkbeatUsePolling  bool
	SyncDaemonInterface string // lvs_sync_daemon_interface

	VIPs         []Address
	ExcludedVIPs []Address
	Routes       []Route
	Rules        []Rule
	Accept       bool // packets to the VIPs are accepted by a master that does not own them

	AuthType AuthType
	AuthPass Secret // at most 8 bytes
	HMAC     *AuthHMAC

	NoPreempt            bool
	PreemptDelay         time.Duration
	DownTimerAdverts     int
	LowerPrioNoAdvert    bool
	HigherPrioSendAdvert bool
	OwnerIgnoreAdverts   bool
	TimerExpiredBackup   int // 0: off

	GARP             GARP
	DontTrackPrimary bool
	TrackScripts     []TrackScript
	Tracking         Tracking

	NotifyMaster          *Command
	NotifyBackup          *Command
	NotifyFault           *Command
	NotifyStop            *Command
	Notify                *Command
	NotifyRxLowerPrio     *Command
	NotifyDeleted         *Command
	ReportDeleted         bool // DELETED instead of FAULT when the instance goes from the file
	NotifyPriorityChanges bool
	SMTPAlert             bool
}

// Unicast says whether adverts go to peers and not to a group.
func (i *Instance) Unicast() bool { return len(i.Peers) > 0 }

// Owner says whether the instance owns its addresses (RFC 5798 section 1.6).
func (i *Instance) Owner() bool { return i.Priority == 255 }

// AddressLimit is how many addresses an advert on a link of that MTU carries: its count
// field has 8 bits, and it must fit into one packet. An MTU of 0 is not known.
func (i *Instance) AddressLimit(mtu int) int {
	if mtu <= 0 {
		return maxVIPs
	}
	const header4, header6, body, auth, ah = 20, 40, 8, 8, 24
	room, size := mtu-header4-body, 4
	if i.Family == IPv6 {
		room, size = mtu-header6-body, 16
	}
	if i.Version == 2 {
		room -= auth
	}
	if i.AuthType == AuthAH {
		room -= ah
	}
	return min(maxVIPs, max(room/size, 0))
}

// TTLRange is what TTL the adverts of a peer may have.
type TTLRange struct{ Min, Max uint8 }

// anyTTL is the range of a peer without min_ttl and max_ttl.
var anyTTL = TTLRange{Max: 255}

// Checksum says whose form of a VRRPv3 unicast checksum is used.
type Checksum string

// The forms of old_unicast_checksum.
const (
	ChecksumAuto  Checksum = ""      // as the peer does
	ChecksumOld   Checksum = "old"   // with the multicast group as destination
	ChecksumNever Checksum = "never" // as RFC 5798 says, always
)

// VMAC is use_vmac: a macvlan with the virtual router's MAC address.
type VMAC struct {
	Name       string // empty: vmac_prefix and the VRID
	MAC        string // empty: that of the VRID; five bytes: the VRID is the sixth
	LinkNotify bool   // netlink_notify_msg
	Group      string // interface group
}

// IPVLAN is use_ipvlan.
type IPVLAN struct {
	Name  string
	Addr  netip.Prefix // zero: none
	Mode  string       // "bridge", "private" or "vepa"
	Group string
}

// AuthHMAC is auth_hmac: adverts that are signed.
type AuthHMAC struct {
	Pos       Pos
	Keys      []HMACKey
	Active    uint8 // id of the key that signs
	Window    time.Duration
	Monotonic bool   // replay protection without a window of time
	Mode      string // "enforce", "permissive" or "receive-only"
}

// HMACKey is one key of auth_hmac.
type HMACKey struct {
	ID   uint8
	Key  Secret // 32 to 64 bytes; empty if it is in File
	File string
	Pos  Pos
}

// GARP says how often gratuitous ARP is sent.
type GARP struct {
	MasterDelay         time.Duration // before the second set; 0: no second set
	MasterRepeat        int           // rounds in a set, at least 1
	MasterRefresh       time.Duration // between periodic sets; 0: none
	MasterRefreshRepeat int
	LowerPrioDelay      time.Duration
	LowerPrioRepeat     int           // 0: none
	Extra               time.Duration // between sets on other interfaces of VIPs; 0: none
	ExtraAll            bool          // on those without a VMAC too
}

// SyncGroup is one vrrp_sync_group.
type SyncGroup struct {
	Name    string
	Pos     Pos
	Members []string // names of instances that exist

	TrackScripts    []TrackScript
	Tracking        Tracking
	TrackingWeights bool // members may have trackers with weights

	NotifyMaster          *Command
	NotifyBackup          *Command
	NotifyFault           *Command
	NotifyStop            *Command
	Notify                *Command
	NotifyPriorityChanges bool
	SMTPAlert             bool
}

// TrackGroup is one track_group: instances that follow static addresses, routes
// and rules.
type TrackGroup struct {
	Name    string
	Pos     Pos
	Members []string
}

// GARPGroup is one garp_group: interfaces that share a limit.
type GARPGroup struct {
	Pos         Pos
	Interfaces  []string
	GARPSpacing time.Duration
	NASpacing   time.Duration
}

// Linkbeat is one line of linkbeat_interfaces.
type Linkbeat struct {
	Interface string
	Method    string // "MII", "ETHTOOL", "IOCTL"; empty: the first that works
	Pos       Pos
}

// LinkDelay is one line of interface_up_down_delays.
type LinkDelay struct {
	Interface string
	Down, Up  time.Duration
	Pos       Pos
}
