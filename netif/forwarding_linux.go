// SPDX-License-Identifier: Apache-2.0

package netif

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// forwards says whether an interface forwards IPv6, as keepalived asks it: by the
// interface's own setting. fd is any socket.
func forwards(fd, index int) bool {
	name, err := deviceName(fd, index)
	if err != nil {
		return false
	}
	value, err := os.ReadFile(filepath.Join("/proc/sys/net/ipv6/conf", name, "forwarding"))
	return err == nil && len(value) > 0 && value[0] != '0'
}

// deviceName is SIOCGIFNAME: net.InterfaceByIndex would read a list of all interfaces.
func deviceName(fd, index int) (string, error) {
	ifr, err := unix.NewIfreq("")
	if err != nil {
		return "", err
	}
	ifr.SetUint32(uint32(index))
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFNAME, ifr); err != nil {
		return "", err
	}
	return ifr.Name(), nil
}
