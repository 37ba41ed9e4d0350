// SPDX-License-Identifier: Apache-2.0

package conf

import "log/slog"

// Config is one loaded keepalived.conf with every default filled in and every
// cross-check done. It is immutable: a reload makes a new one.
type Config struct {
	Global Global

	// Everything in file order.
	Scripts         []*Script // vrrp_script
	Files           []*TrackedFile
	Processes       []*TrackedProcess
	BFDs            []*BFD
	Instances       []*Instance
	SyncGroups      []*SyncGroup
	TrackGroups     []*TrackGroup
	StaticAddresses []Address
	StaticRoutes    []Route
	StaticRules     []Rule
	GARPGroups      []*GARPGroup
	Linkbeats       []Linkbeat
	LinkDelays      []LinkDelay

	ServerGroups   []*ServerGroup // virtual_server_group blocks, in file order
	VirtualServers []*VirtualServer
	SSL            *SSL // of the SSL_GET checks; nil: none

	// context is a hash of all lines outside of virtual servers: servers are taken over from an
	// earlier Config only where it is the same. 0: it is not known.
	context origin64
}

// Command is a program to run: never through a shell.
type Command struct {
	Args  []string // Args[0] is the path or a bare name for the PATH search
	User  string   // empty: the default script user
	Group string
	// Supplementary asks for all groups of the user (USER :GROUP).
	Supplementary bool
	Pos           Pos
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
