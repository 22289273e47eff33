package dev.latido.setting;

import java.util.List;

/**
 * A configuration that was read to be looked at.
 *
 * @param summary says which file it is from or, when there are problems, how many
 * @param problems what is wrong, all of it; empty when the service would take it
 * @param settings all settings as they hold, in the order of reading; none when there are problems
 * @param warnings what was ignored and may surprise
 */
public record CheckedSettings(
        String summary, List<String> problems, List<EffectiveSetting> settings, List<String> warnings) {}
