// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"log/slog"
	"strings"

	"vipward/netif"
)

// linkDoneLine says what became of a virtual link.
func linkDoneLine(owner string, d netif.LinkDone) (string, slog.Level) {
	switch {
	case d.Err != nil:
		return fmt.Sprintf("(%s): %v", owner, d.Err), slog.LevelError
	case d.Kind == netif.LinkFound:
		return fmt.Sprintf("(%s) Found matching interface %s", owner, d.Name), slog.LevelInfo
	case d.Kind == netif.LinkDeleted:
		return fmt.Sprintf("(%s) Success removing VMAC interface %s", owner, d.Name), slog.LevelInfo
	case d.Kind == netif.LinkMoved:
		return fmt.Sprintf("vmac: Success changing VRF of VMAC interface %s for vrrp_instance %s", d.Name, owner), slog.LevelInfo
	case d.IPVLAN:
		return fmt.Sprintf("(%s): Success creating ipvlan interface %s", owner, d.Name), slog.LevelInfo
	}
	return fmt.Sprintf("(%s): Success creating VMAC interface %s", owner, d.Name), slog.LevelInfo
}

// linksFailedLine says that the links could not even be looked at.
func linksFailedLine(err error) string { return fmt.Sprintf("VMACs cannot be kept: %v", err) }

// sysctlRestoredLine says that a setting is as before again: aloud where it is not one
// interface's alone.
func sysctlRestoredLine(c netif.SysctlChange) (string, slog.Level) {
	switch {
	case c.Err != nil:
		return fmt.Sprintf("sysctl %s cannot be set back to %d: %v", c.Name, c.Value, c.Err), slog.LevelError
	case strings.HasPrefix(c.Name, "net.ipv4.conf.all."), strings.HasPrefix(c.Name, "net.ipv4.conf.default."):
		return fmt.Sprintf("NOTICE: resetting sysctl %s to %d", c.Name, c.Value), slog.LevelInfo
	}
	return "", 0
}

// sysctlRepairedLine says that somebody else had changed a setting.
func sysctlRepairedLine(c netif.SysctlChange) (string, slog.Level) {
	if c.Err != nil {
		return sysctlFailedLine(c)
	}
	return fmt.Sprintf("sysctl %s was changed by something else, set to %d again", c.Name, c.Value), slog.LevelWarn
}

// sysctlFailedLine says that a setting could not be made; nothing if it could.
func sysctlFailedLine(c netif.SysctlChange) (string, slog.Level) {
	if c.Err == nil {
		return "", 0
	}
	return fmt.Sprintf("sysctl %s cannot be set to %d: %v", c.Name, c.Value, c.Err), slog.LevelError
}

// heldLine says that a change of a link must last before it is believed. It is a detail.
func heldLine(h netif.HeldChange) (text string, detail bool) {
	return fmt.Sprintf("%s: Adding flags change from %#x to %#x delay by %d", h.Name, h.From, h.To, h.Delay.Microseconds()), true
}

// beatLine is linkLine of an interface whose state is polled.
func beatLine(dev string, up bool) (text string, detail bool) {
	word := "down"
	if up {
		word = "up"
	}
	return fmt.Sprintf("Linkbeat reports %s %s", dev, word), false
}

// beatMethodLine says that an interface is polled in another way than configured.
func beatMethodLine(dev, asked, used string) string {
	if used == "" {
		return fmt.Sprintf("(%s): Configured linkbeat type %s not supported", dev, asked)
	}
	return fmt.Sprintf("(%s): Configured linkbeat type %s not supported, using %s", dev, asked, used)
}

// Lines about interfaces that come, go and change their names.
func linkDeletedLine(dev string) string { return fmt.Sprintf("Interface %s deleted", dev) }

func linkAddedLine(dev string) string { return fmt.Sprintf("Interface %s added", dev) }

func linkRenamedLine(from, to string) string {
	return fmt.Sprintf("Interface name has changed from %s to %s", from, to)
}

// parentDownLine says that what a VMAC stands on is there again and down.
func parentDownLine(instance, dev string) string {
	return fmt.Sprintf("(%s) interface %s is down", instance, dev)
}

// debounceLine says that changes of a link would be held back for too long.
func debounceLine(instance, dev string, intervals int) string {
	return fmt.Sprintf("%s: interface %s debounce timer(s) not less that %d * advert_int - resetting", instance, dev, intervals)
}

// noIPVLANSourceLine says why an instance can never leave Fault.
func noIPVLANSourceLine(instance string) string {
	return fmt.Sprintf("(%s) IPv4 ipvlan requires a source ip address to be configured. setting instance to fault state", instance)
}

// noEthernetLine is noIPVLANSourceLine of a VMAC on an interface without MAC addresses.
func noEthernetLine(instance, dev string) string {
	return fmt.Sprintf("(%s) interface %s is not Ethernet and can have no VMAC. setting instance to fault state", instance, dev)
}
