// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"slices"

	"vipward/conf"
)

// exampleHost is the machine of the examples.
type exampleHost struct{}

var exampleInterfaces = map[string]conf.HostInterface{
	"lo":   {Loopback: true},
	"eth0": {Multicast: true},
	"eth1": {Multicast: true},
	"tun0": {},
	"tun6": {MTU: 80},
}

// Interface implements conf.Host.
func (exampleHost) Interface(name string) (conf.HostInterface, bool) {
	ifi, ok := exampleInterfaces[name]
	return ifi, ok
}

// User implements conf.Host.
func (exampleHost) User(name string) bool {
	return slices.Contains([]string{"root", "keepalived_script"}, name)
}

// Group implements conf.Host.
func (exampleHost) Group(name string) bool { return exampleHost{}.User(name) }

// Executable implements conf.Host.
func (exampleHost) Executable(name string) error {
	if slices.Contains([]string{"/usr/local/bin/check.sh", "/usr/local/bin/notify.sh"}, name) {
		return nil
	}
	return errors.New("no such file or directory")
}

// RouteName implements conf.RouteNames: only built-in names are known.
func (exampleHost) RouteName(string, string) (int64, bool) { return 0, false }
