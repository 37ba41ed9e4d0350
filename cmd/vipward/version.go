// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
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

func showVersion(o *options, _, _ string) {
	o.err += fmt.Sprintf("vipward %s (commit %s)\n\nA drop-in replacement for keepalived.\n\nBuilt with %s for %s/%s\n",
		versionName(), commitName(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	o.done = true
}

// lineStart opens every log.
func lineStart() string {
	return fmt.Sprintf("Starting vipward %s (drop-in for keepalived)", versionName())
}

// lineStopped ends it.
func lineStopped() string { return "Stopped vipward " + versionName() }
