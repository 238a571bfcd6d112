/** The explorer, for this project's own scenarios. */
import '../support/install-runtime.ts';

export {
  closeExplorer as closeThreads,
  type Exploration,
  explore,
  type ExploreOptions,
  type Failure,
} from '../../src/testing/explore/explore.ts';
