"""Pictures, with matplotlib where it is installed; nothing here touches pyplot or a screen."""

from lppn_np.plotting.day import plot_day
from lppn_np.plotting.overview import KINDS, plot_panels, plot_picks
from lppn_np.plotting.panel import Panel, panels_of
from lppn_np.plotting.residuals import plot_residuals, residuals_of
from lppn_np.plotting.saving import check_picture, figure_bytes, save_figure
from lppn_np.plotting.section import plot_section
from lppn_np.plotting.station import plot_record, plot_station

__all__ = [
    "KINDS",
    "Panel",
    "check_picture",
    "figure_bytes",
    "panels_of",
    "plot_day",
    "plot_panels",
    "plot_picks",
    "plot_record",
    "plot_residuals",
    "plot_section",
    "plot_station",
    "residuals_of",
    "save_figure",
]
