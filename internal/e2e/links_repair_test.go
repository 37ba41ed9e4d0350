// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vipward/internal/lab"
)

// vmacConfig is one instance on a VMAC, which is master soon.
const vmacConfig = `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  version 3
  advert_int 0.1
  priority 100
  use_vmac
  virtual_ipaddress {
    10.0.0.100/24
  }
}
`

// vmacMaster starts it and waits for its address.
func vmacMaster(t *testing.T) (*lab.Host, *lab.Daemon) {
	t.Helper()
	h := linkHost(t)
	d := lab.StartDaemon(h, lab.Vipward, vmacConfig)
	waitOn(t, h, "vrrp.51")
	return h, d
}

// waitOn waits until an interface has the virtual address.
func waitOn(t *testing.T, h *lab.Host, dev string) {
	t.Helper()
	lab.Wait(t, patient, "the address on "+dev, func() error {
		out, err := h.TryRun("ip", "-o", "addr", "show", "dev", dev)
		if err == nil && !strings.Contains(out, "10.0.0.100/24") {
			err = fmt.Errorf("only %q", out)
		}
		return err
	})
}

// readSysctl reads a setting of the host below /proc/sys/net.
func readSysctl(h *lab.Host, name string) string {
	return strings.TrimSpace(h.Run("cat", "/proc/sys/net/"+name))
}

// TestVMACDeleted deletes a master's VMAC: it is made again with its settings, and the
// address is on it again.
func TestVMACDeleted(t *testing.T) {
	t.Parallel()
	h, d := vmacMaster(t)
	mark := d.Mark()
	h.Run("ip", "link", "del", "vrrp.51")
	for _, line := range []string{`\(VI_1\) Entering FAULT STATE`, `Interface vrrp.51 deleted`, `\(VI_1\): Success creating VMAC interface vrrp.51`, `\(VI_1\) Entering MASTER STATE`} {
		d.WaitLineFrom(mark, line, patient)
	}
	waitOn(t, h, "vrrp.51")
	if got := readSysctl(h, "ipv4/conf/vrrp.51/arp_ignore"); got != "1" {
		t.Errorf("arp_ignore of the new one is %s", got)
	}
}

// TestSysctlPutBack changes a setting that a VMAC needs.
func TestSysctlPutBack(t *testing.T) {
	t.Parallel()
	h, d := vmacMaster(t)
	h.Sysctl("net.ipv4.conf.eth0.arp_ignore", "0")
	d.WaitLine(`sysctl net.ipv4.conf.eth0.arp_ignore was changed by something else, set to 1 again`, patient)
	if got := readSysctl(h, "ipv4/conf/eth0/arp_ignore"); got != "1" {
		t.Errorf("arp_ignore is %s", got)
	}
}

// TestVMACOfCrashedChild kills the vrrp child: its successor goes on with the same link, and
// gives back what the first one had changed.
func TestVMACOfCrashedChild(t *testing.T) {
	t.Parallel()
	h := linkHost(t)
	before := settled(t, h)
	d := lab.StartDaemon(h, lab.Vipward, vmacConfig)
	waitOn(t, h, "vrrp.51")
	link := h.Run("ip", "-o", "link", "show", "dev", "vrrp.51")
	d.KillRole(lab.VRRP)
	d.WaitLine(`goes on in MASTER STATE`, patient)
	if diff := cmp.Diff(link, h.Run("ip", "-o", "link", "show", "dev", "vrrp.51")); diff != "" {
		t.Errorf("the link (-before +after)\n%s", diff)
	}
	if code := d.Stop(); code != 0 {
		t.Errorf("stopped with exit status %d", code)
	}
	if diff := cmp.Diff(before, kernelState(t, h)); diff != "" {
		t.Errorf("stopped (-before +after)\n%s", diff)
	}
}

// TestVMACOfLostChild kills the vrrp child where none is to follow: nothing of it is left.
func TestVMACOfLostChild(t *testing.T) {
	t.Parallel()
	h := linkHost(t)
	before := settled(t, h)
	d := lab.StartDaemon(h, lab.Vipward, vmacConfig, "-R")
	waitOn(t, h, "vrrp.51")
	d.KillRole(lab.VRRP)
	lab.Wait(t, patient, "a kernel as before", func() error {
		if diff := cmp.Diff(before, kernelState(t, h)); diff != "" {
			return fmt.Errorf("(-before +after)\n%s", diff)
		}
		return nil
	})
	d.Wait(patient)
}

// TestVMACTakenOver starts over the remains of a killed daemon.
func TestVMACTakenOver(t *testing.T) {
	t.Parallel()
	h, d := vmacMaster(t)
	d.KillTree()
	next := lab.StartDaemon(h, lab.Vipward, vmacConfig)
	next.WaitLine(`\(VI_1\) Found matching interface vrrp.51`, patient)
	next.WaitLine(`Entering MASTER STATE`, patient)
	waitOn(t, h, "vrrp.51")
	next.Stop()
	if out, err := h.TryRun("ip", "link", "show", "dev", "vrrp.51"); err == nil {
		t.Errorf("still there: %s", out)
	}
}

// TestVMACOverReload keeps a VMAC that is still used, and takes one away that is not.
func TestVMACOverReload(t *testing.T) {
	t.Parallel()
	h, d := vmacMaster(t)
	link := h.Run("ip", "-o", "link", "show", "dev", "vrrp.51")
	mark := d.Reload(strings.Replace(vmacConfig, "priority 100", "priority 101", 1))
	d.WaitLineFrom(mark, `Reload complete|Reloading`, patient)
	d.WaitLineFrom(mark, `effective priority|Reload finished|Reload complete`, patient)
	if diff := cmp.Diff(link, h.Run("ip", "-o", "link", "show", "dev", "vrrp.51")); diff != "" {
		t.Errorf("the link (-before +after)\n%s", diff)
	}
	mark = d.Reload(strings.Replace(vmacConfig, "use_vmac", "", 1))
	d.WaitLineFrom(mark, `\(VI_1\) Success removing VMAC interface vrrp.51`, patient)
	waitOn(t, h, "eth0")
	if got := readSysctl(h, "ipv4/conf/eth0/arp_ignore"); got != "0" {
		t.Errorf("arp_ignore of the parent is %s", got)
	}
}
