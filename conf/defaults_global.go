// SPDX-License-Identifier: Apache-2.0

package conf

import "time"

// globalDefaults are the values of what global_defs does not say.
func globalDefaults() Global {
	process := Process{RTTime: 10 * time.Millisecond}
	return Global{
		Daemon: Daemon{
			ChildWaitTime: 5 * time.Second, StartupTimeout: 10 * time.Second, ShutdownTimeout: 10 * time.Second,
			MinAutoPriorityDelay: time.Second, DefaultInterface: "eth0", JSONVersion: 1,
			VRRPProcess: process, CheckerProcess: process, BFDProcess: process,
		},
		VRRP:     GlobalVRRP{VMACPrefix: "vrrp"},
		Firewall: Firewall{NFTablesPriority: -1, IPVSPriority: -1, IPVSFirstMark: 1000},
		SNMP:     SNMP{VSInterval: 5 * time.Second},
		DBus:     DBus{ServiceName: "org.keepalived.Vrrp1"},
	}
}
