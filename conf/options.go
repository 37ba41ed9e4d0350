// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math/rand/v2"
	"os"
	"strings"
	"time"
)

// Options are what a configuration depends on apart from its text. The zero value
// is what keepalived does without options.
type Options struct {
	// ConfigID is what @ lines are compared with (-i); empty: the name of the
	// host up to the first dot.
	ConfigID string
	// AllIncludes makes every file that an include does not find a mistake (-e).
	AllIncludes bool
	// Env looks up environment variables for ${_ENV NAME}; nil: os.LookupEnv.
	Env func(name string) (string, bool)
	// CheckOnly says that nobody will ask for a Snapshot: the lines are not kept.
	CheckOnly bool
	// Before is the Outline of an earlier reading: real servers that are written
	// as they were are taken over from it and not read again, but for their places. nil: all is read.
	Before *Config
	// Room is about how many bytes a Snapshot will take; 0: not known.
	Room int
	// Seed is where ${_RANDOM} starts; 0: somewhere new each time.
	Seed uint64
}

// Load reads the configuration file at path, which may be a pattern, with all
// that it includes.
func Load(path string) *Loaded { return Options{}.Load(path) }

// Load reads the configuration file at path as the options say.
func (o Options) Load(path string) *Loaded { return o.load(osFiles{}, path) }

// complete fills in the defaults.
func (o Options) complete() Options {
	if o.ConfigID == "" {
		name, err := os.Hostname()
		if err != nil {
			name = ""
		}
		o.ConfigID, _, _ = strings.Cut(name, ".")
	}
	if o.Env == nil {
		o.Env = os.LookupEnv
	}
	if o.Seed == 0 {
		o.Seed = uint64(time.Now().UnixNano())
	}
	return o
}

// random gives the numbers that belong to a seed.
func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
