// SPDX-License-Identifier: Apache-2.0

package notify

import (
	"os"
	"slices"
	"strings"
)

// environ is env, or the daemon's, without what would change how a privileged script works;
// as keepalived 2.4.
func environ(env []string) []string {
	if env == nil {
		env = os.Environ()
	}
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "IFS", "LD_PRELOAD", "LD_LIBRARY_PATH":
			return true
		}
		return false
	})
}
