// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"io/fs"
	"net/netip"
	"time"

	"vipward/conf"
	"vipward/netif"
	"vipward/vrrp/packet"
)

// The lines in this file are vipward's own: keepalived has none for these cases, or one
// that does not say what to do.

func sendFailedLine(instance string, err error) string {
	return fmt.Sprintf("(%s) cannot send adverts: %v", instance, err)
}

func resumedLine(instance string) (text string, detail bool) {
	return fmt.Sprintf("(%s) goes on in MASTER STATE from where the earlier vrrp process ended", instance), false
}

func leftOutLine(instance string, err error) string {
	return fmt.Sprintf("(%s) left out: %v", instance, err)
}

func tablesLostLine(table string) string {
	return fmt.Sprintf("Firewall: another program deleted something of the nftables tables %s, they are made again", table)
}

func tableWatchFailedLine(err error) string {
	return fmt.Sprintf("Firewall: tables that another program deletes are made again only when something else changes: %v", err)
}

func firewallFailedLine(err error) string { return fmt.Sprintf("Firewall: %v", err) }

func staticLeftOutLine(err error) string { return fmt.Sprintf("Static item left out: %v", err) }

func kernelRefusedLine(err error) string { return fmt.Sprintf("Netlink: error: %v", err) }

// putBackLine says that something of an instance was missing.
func putBackLine(instance, what string) string {
	return fmt.Sprintf("(%s) somebody else deleted %s: put back", instance, what)
}

func notPutBackLine(instance, what string) string {
	return fmt.Sprintf("(%s) somebody else deleted %s, and it cannot be put back", instance, what)
}

// duplicateLine is about IPv6 duplicate address detection.
func duplicateLine(dev string, a netip.Addr) string {
	return fmt.Sprintf("Another host has %s on %s (duplicate address detection): adding it again", a, dev)
}

func announceFailedLine(err error) string {
	return fmt.Sprintf("Gratuitous ARP: %v", err)
}

func watchFailedLine(err error) string {
	return fmt.Sprintf("Other masters are noticed by their adverts only: %v", err)
}

// claimText is the evidence of another master, for the log.
func claimText(s netif.Sighting) string {
	what := "ARP"
	if s.IP.Is6() {
		what = "neighbour advert"
	}
	from := "another host"
	if s.MAC != nil {
		from = s.MAC.String()
	}
	return fmt.Sprintf("%s for %s from %s", what, s.IP, from)
}

func socketFailedLine(dev string, err error) string {
	return fmt.Sprintf("Cannot open the VRRP socket on %s, its instances stay in FAULT: %v", dev, err)
}

func tuneFailedLine(dev string, err error) string {
	return fmt.Sprintf("The VRRP socket on %s takes more work than it should: %v", dev, err)
}

func realtimeFailedLine(err error) string {
	return fmt.Sprintf("No realtime scheduling, adverts may be late on a busy machine "+
		"(needs CAP_SYS_NICE; vrrp_rt_priority 0 turns it off): %v", err)
}

func userIgnoredLine(kind string, c *conf.Command) string {
	if c.User == "" {
		return fmt.Sprintf("Failed to set default user for %s %s - ignoring", kind, c.Args[0])
	}
	return fmt.Sprintf("Invalid user/group for %s %s - ignoring", kind, c.Args[0])
}

func fifoIgnoredLine(name, path string) string {
	return fmt.Sprintf("Invalid user/group for %s fifo %s - ignoring", name, path)
}

func scheduleFailedLine(keyword string, err error) string {
	return fmt.Sprintf("%s has no effect: %v", keyword, err)
}

func lockFailedLine(err error) string {
	return fmt.Sprintf("The memory of the vrrp process is not locked, adverts may be late "+
		"when the machine swaps (needs CAP_IPC_LOCK): %v", err)
}

// silentLine explains another master to the one that was there.
func silentLine(instance string, silence time.Duration) (text string, detail bool) {
	return fmt.Sprintf("(%s) no advert of ours left for %.3f seconds: the process was held up, others may have "+
		"taken over because of that", instance, silence.Seconds()), false
}

// unheardLine explains another master of whom there are other signs than adverts.
func unheardLine(instance string, key sockKey) (text string, detail bool) {
	return fmt.Sprintf("(%s) no advert of that host reaches this process: is protocol %d dropped by a firewall, here, there "+
		"or between, or did a daemon end there and leave the address?", instance, key.protocol()), false
}

// droppedLine explains a take-over though another master is there.
func droppedLine(instance string, n int, from netip.Addr, why packet.Verdict) (text string, detail bool) {
	return fmt.Sprintf("(%s) %d adverts were dropped since the last good one, the last of them from %s: %s",
		instance, n, from, why), false
}

func keyFailedLine(instance string, id uint8, err error) string {
	return fmt.Sprintf("(%s) auth_hmac: key %d cannot be used: %v", instance, id, err)
}

func keyReadableLine(path string, mode fs.FileMode) string {
	return fmt.Sprintf("SECURITY: the key file %s has mode %04o: others than its owner can read it", path, mode)
}

func noKeyLine(instance string, id uint8) string {
	return fmt.Sprintf("(%s) auth_hmac: there is no key %d to sign adverts with, the instance stays in FAULT", instance, id)
}

// deafLine and hearsLine say what the probes of a socket found.
func deafLine(dev string, key sockKey) (text string, detail bool) {
	return fmt.Sprintf("VRRP packets to %s on %s do not reach this process, a test packet was lost: "+
		"is protocol %d dropped by a firewall rule?", key.addr, dev, key.protocol()), false
}

func hearsLine(dev string, key sockKey) (text string, detail bool) {
	return fmt.Sprintf("VRRP packets to %s on %s reach this process again", key.addr, dev), false
}
