// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// Where ip-netns(8) keeps its namespaces, and that of this process.
const (
	namedNamespaces = "/run/netns"
	ownNamespace    = "/proc/self/ns/net"
)

// rightNamespace refuses to run a configuration with net_namespace anywhere else. vipward does
// not change namespaces yet, and addresses in the wrong one are worse than none.
func rightNamespace(name, dir string) error {
	if name == "" {
		return nil
	}
	hint := fmt.Sprintf("net_namespace %s is not entered yet: start vipward with ip netns exec %s", name, name)
	want, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		return fmt.Errorf("%s: %w", hint, err)
	}
	have, err := os.Stat(ownNamespace)
	if err != nil {
		return fmt.Errorf("%s: %w", hint, err)
	}
	if !os.SameFile(want, have) {
		return fmt.Errorf("%s (this is another namespace)", hint)
	}
	return nil
}
