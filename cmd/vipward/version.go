// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/debug"
)

// Set by the build: -ldflags "-X main.version=… -X main.commit=…".
var (
	version string
	commit  string
)

// versionName is the version with a leading v, or what the toolchain knows of it.
func versionName() string {
	v := version
	if info, ok := debug.ReadBuildInfo(); ok && v == "" && info.Main.Version != "(devel)" {
		v = info.Main.Version
	}
	v = cmp.Or(v, "0.0.0-dev")
	if v[0] != 'v' {
		v = "v" + v
	}
	return v
}

// commitName is the commit that was built, if anybody knows.
func commitName() string {
	if commit != "" {
		return commit
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}

// keepalivedVersion is the release whose behaviour is ours, for programs that look for it.
const keepalivedVersion = "v2.4.3 (07/20,2026)"

// identity is what the program calls itself.
type identity struct{ name, version string }

// identityOf goes by the name that the program was called by: as "keepalived" it says what
// programs expect that read its version or log.
func identityOf(argv0 string) identity {
	if filepath.Base(argv0) == "keepalived" {
		return identity{"Keepalived", keepalivedVersion}
	}
	return identity{"vipward", versionName()}
}

// showVersion ends with a line that exporters look into before they ask for JSON.
func showVersion(o *options, _, _ string) {
	o.err += fmt.Sprintf("%s %s\n\nvipward %s (commit %s), a drop-in replacement for keepalived.\n\nBuilt with %s for %s/%s\n\nconfigure options: --enable-json\n",
		o.identity.name, o.identity.version, versionName(), commitName(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	o.done = true
}

// lineStart opens every log, lineStopped ends it.
func (i identity) lineStart() string   { return "Starting " + i.name + " " + i.version }
func (i identity) lineStopped() string { return "Stopped " + i.name + " " + i.version }
