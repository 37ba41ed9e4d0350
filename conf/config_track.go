// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"net/netip"
	"time"
)

// Script is one vrrp_script.
type Script struct {
	Name     string
	Pos      Pos
	Command  Command
	Interval time.Duration // launch to launch
	Timeout  time.Duration
	Weight   int // -253..253; 0: failure is a fault
	Reverse  bool
	Rise     int // successes in a row before up
	Fall     int // failures in a row before down
	InitFail bool
}

// TrackScript is one line of track_script.
type TrackScript struct {
	Script  *Script
	Weight  int // of the entry, or of the script when the entry has none
	Reverse bool
}

// Tracking is what else is tracked. A weight of 0 makes a failure a fault; Reverse
// turns the effect of the weight, or with weight 0 up and down, around.
type Tracking struct {
	Interfaces []TrackInterface
	Files      []TrackFile
	Processes  []TrackProcess
	BFDs       []TrackBFD
}

// TrackInterface is one line of track_interface.
type TrackInterface struct {
	Interface string
	Weight    int
	Reverse   bool
	Pos       Pos
}

// TrackFile is one line of track_file.
type TrackFile struct {
	File    *TrackedFile
	Weight  int // of the entry, or of the file when the entry has none
	Reverse bool
}

// TrackProcess is one line of track_process.
type TrackProcess struct {
	Process *TrackedProcess
	Weight  int
	Reverse bool
}

// TrackBFD is one line of track_bfd.
type TrackBFD struct {
	BFD     *BFD
	Weight  int
	Reverse bool
}

// TrackedFile is one track_file at the top: a file whose number counts.
type TrackedFile struct {
	Name      string
	Pos       Pos
	Path      string
	Weight    int // the number in the file is multiplied with it
	Reverse   bool
	Init      bool // write the file at start
	InitValue int
	Overwrite bool // even if it is there
}

// TrackedProcess is one vrrp_track_process.
type TrackedProcess struct {
	Name           string
	Pos            Pos
	Args           []string // name or command, and its parameters
	FullCommand    bool     // Args is the whole command line
	Match          string   // of parameters: "", "initial", "partial"; empty: exact
	Weight         int
	Reverse        bool
	Quorum         int
	QuorumMax      int // -1: no limit
	TerminateDelay time.Duration
	ForkDelay      time.Duration
}

// BFD is one bfd_instance.
type BFD struct {
	Name       string
	Pos        Pos
	Neighbor   netip.Addr
	Source     netip.Addr    // zero: the system chooses
	MinRx      time.Duration // at least 1 ms
	MinTx      time.Duration
	IdleTx     time.Duration // at least 1 s
	Multiplier int
	Passive    bool
	TTL        int
	MaxHops    int // -1..255
	Multihop   bool
	Weight     int
	Reverse    bool
	VRRP       bool // events go to the vrrp process
	Checker    bool // events go to the checker process
}
